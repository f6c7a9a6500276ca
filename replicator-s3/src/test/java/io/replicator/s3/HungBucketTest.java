package io.replicator.s3;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.spi.BodyGate;
import io.replicator.spi.Problem;
import io.replicator.spi.Settings;
import io.replicator.spi.SettleTarget;
import io.replicator.spi.Store;
import io.replicator.spi.StoreResource.Door;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A bucket of which no request ends takes nothing away from another one at the same place. */
class HungBucketTest {
  private static final int CONNECTIONS = 8;

  private final List<Problem> problems = new ArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch allHang = new CountDownLatch(CONNECTIONS);
  private final CountDownLatch end = new CountDownLatch(1);
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    System.setProperty("aws.accessKeyId", "replicator-test");
    System.setProperty("aws.secretAccessKey", "replicator-test-secret");
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext(
        "/hung/",
        exchange -> {
          allHang.countDown();
          try {
            end.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange.close();
        });
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(404, -1);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    end.countDown();
    server.stop(0);
    threads.shutdown();
  }

  @Test
  void aBucketThatHangsTakesNoConnectionsOfAnother() throws Exception {
    Settings settings =
        settings(
            "stores.s3",
            Map.of(
                "endpoint",
                "http://127.0.0.1:" + server.getAddress().getPort(),
                "max-connections",
                CONNECTIONS,
                "request-timeout",
                "5m"));
    try (Store store = new S3Connector().configure(settings, new Region("us-east-1"));
        SettleTarget hung = target(store, "hung");
        SettleTarget well = target(store, "well")) {
      assertThat(problems).isEmpty();
      List<CompletionStage<?>> waiting = new ArrayList<>();
      for (int i = 0; i < 2 * CONNECTIONS; i++) {
        waiting.add(hung.look("key" + i, false));
      }
      assertThat(allHang.await(1, TimeUnit.MINUTES)).as("that all hang").isTrue();
      assertThat(well.look("key", false).toCompletableFuture())
          .as("an answer of any kind")
          .failsWithin(1, TimeUnit.MINUTES)
          .withThrowableThat()
          .withMessageContaining("status 404");
      assertThat(waiting).noneMatch(one -> one.toCompletableFuture().isDone());
      end.countDown();
    }
  }

  private SettleTarget target(Store store, String name) {
    Door.Hints hints =
        (Door.Hints)
            store
                .configure(
                    new Resource("s3", name),
                    settings(
                        "stores.s3.resources." + name,
                        Map.of("notifications", Map.of("listing", "5m"))))
                .door();
    return hints.openTarget(BodyGate.WIDE);
  }

  private Settings settings(String path, Map<String, Object> values) {
    return new Settings(path, new HashMap<>(values), problems);
  }
}
