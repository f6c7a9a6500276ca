package io.replicator.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.replicator.breaker.Breaker;
import io.replicator.breaker.GuardedBodies;
import io.replicator.breaker.Terms;
import io.replicator.model.Change;
import io.replicator.model.Region;
import io.replicator.spi.ReplicationException.Kind;
import io.replicator.spi.SettleTarget.Put;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A place of bodies that falls silent in the middle of them opens its breaker. */
class HungSourceTest {
  private static final Region ORIGIN = new Region("us-east-1");
  private static final String ETAG = "00000000000000000000000000000000";
  private static final Duration SLOW = Duration.ofSeconds(3);

  private static final int PIECE = 1 << 17;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch end = new CountDownLatch(1);
  private final AtomicInteger fetched = new AtomicInteger();
  private final Breaker source =
      new Breaker("bodies", "the bean", new Terms(50, 50, SLOW, 10, Duration.ofMinutes(1)));
  private final List<CompletionStage<Put>> puts = new ArrayList<>();
  private volatile boolean hangs = true;
  private HttpServer server;
  private S3Clients clients;
  private BucketTarget target;

  @BeforeEach
  void start() throws IOException {
    System.setProperty("aws.accessKeyId", "replicator-test");
    System.setProperty("aws.secretAccessKey", "replicator-test-secret");
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext(
        "/origin/",
        exchange -> {
          fetched.incrementAndGet();
          long size = 1 << 20;
          exchange.getResponseHeaders().add("ETag", '"' + ETAG + '"');
          exchange.sendResponseHeaders(200, size);
          try {
            for (int sent = 0; sent < size; sent += PIECE) {
              exchange.getResponseBody().write(new byte[PIECE]);
              exchange.getResponseBody().flush();
              long pause = hangs ? Long.MAX_VALUE : SLOW.toMillis() / 4; // or a slow line
              if (end.await(pause, TimeUnit.MILLISECONDS)) {
                break;
              }
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } finally {
            exchange.close();
          }
        });
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes(); // the target takes nothing
          exchange.sendResponseHeaders(403, -1);
          exchange.close();
        });
    server.start();
    clients = new S3Clients(place("127.0.0.1"), Optional.empty(), Duration.ofMinutes(1), 64);
    target =
        new BucketTarget(
            Plans.at(place("127.0.0.1"), "us-west-2", "here", Map.of(ORIGIN, place("localhost"))),
            clients,
            new GuardedBodies(Map.of(ORIGIN, source)));
  }

  @AfterEach
  void stop() {
    end.countDown();
    target.close();
    clients.close();
    server.stop(0);
    threads.shutdownNow();
  }

  @Test
  void itsSilenceCountsAndTheLineBehindItDoesNot() {
    put(30); // the place's share of the memory is 24 of them
    await().until(() -> fetched.get() == 24);
    await()
        .atMost(Duration.ofSeconds(15))
        .until(
            () -> {
              source.sweep();
              return source.state().equals("OPEN");
            });
    assertThat(put())
        .succeedsWithin(Duration.ofSeconds(15))
        .isInstanceOfSatisfying(
            Put.BodyAway.class, away -> assertThat(away.why().kind()).isEqualTo(Kind.OPEN));
    assertThat(fetched).hasValue(24);
  }

  @Test
  void aBodyThatFlowsIsNotSlowHoweverLongItTakes() {
    hangs = false;
    put(30);
    await()
        .atMost(Duration.ofMinutes(1))
        .until(
            () -> {
              source.sweep();
              return puts.stream().allMatch(put -> put.toCompletableFuture().isDone());
            });
    assertThat(source.openings()).isZero();
    assertThat(fetched).hasValue(30);
  }

  private void put(int count) {
    for (int i = 0; i < count; i++) {
      puts.add(put());
    }
  }

  private CompletableFuture<Put> put() {
    String key = "key" + puts.size();
    Body.Reference body =
        new Body.Reference(ORIGIN, "origin", key, ETAG, 1 << 20, false, OptionalLong.empty());
    Change change =
        new Change(
            key,
            key,
            Change.Kind.UPSERT,
            Instant.EPOCH,
            Optional.of(BucketPair.VERSION),
            Optional.empty(),
            body.attributes(),
            new byte[0]);
    return target.put(change, Optional.empty(), () -> true).toCompletableFuture();
  }

  private Place place(String host) {
    return new Place(
        "us-east-1",
        Optional.of(URI.create("http://" + host + ":" + server.getAddress().getPort())),
        Optional.empty());
  }
}
