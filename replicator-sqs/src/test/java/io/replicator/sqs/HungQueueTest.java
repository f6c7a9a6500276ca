package io.replicator.sqs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.replicator.fixture.FakeClock;
import io.replicator.model.Clocks;
import io.replicator.model.FlowState;
import io.replicator.model.Region;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A queue server that takes requests and does not answer them is noticed within seconds. */
class HungQueueTest {
  private final FakeClock clock = new FakeClock();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch end = new CountDownLatch(1);
  private final Set<String> asked = ConcurrentHashMap.newKeySet();
  private volatile String hung = "";
  private HttpServer server;
  private SqsClients clients;
  private SqsSource source;

  @BeforeEach
  void start() throws IOException {
    System.setProperty("aws.accessKeyId", "replicator-test");
    System.setProperty("aws.secretAccessKey", "replicator-test-secret");
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
    clients = new SqsClients(Optional.of(endpoint()), "us-east-1");
    source =
        new SqsSource(
            new Queue(new QueueName("orders"), clients.capture()),
            new Region("us-east-1"),
            new RecordingSink(),
            clients.workers(),
            new Clocks(InstantSource.system(), clock));
  }

  @AfterEach
  void stop() {
    end.countDown();
    source.close();
    clients.close();
    server.stop(0);
    threads.shutdownNow();
  }

  private URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  private void answer(HttpExchange exchange) throws IOException {
    String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
    String action = target.substring(target.indexOf('.') + 1);
    asked.add(action);
    try {
      if (action.equals(hung)) {
        end.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    String answer =
        switch (action) {
          case "GetQueueUrl" -> "{\"QueueUrl\":\"" + endpoint() + "/orders\"}";
          case "GetQueueAttributes" ->
              "{\"Attributes\":{\"VisibilityTimeout\":\"30\",\"MessageRetentionPeriod\":\"3600\","
                  + "\"ApproximateNumberOfMessages\":\"0\"}}";
          default -> "{}";
        };
    byte[] bytes = answer.getBytes(UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/x-amz-json-1.0");
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"GetQueueUrl", "GetQueueAttributes", "ReceiveMessage"})
  void itsFlowIsBlockedUntilItAnswers(String action) {
    hung = action;
    source.start();
    SourceFixture.soon().until(() -> asked.contains(action));
    assertThat(source.status().condition().state()).isEqualTo(FlowState.RUNNING);
    clock.pass(Duration.ofSeconds(7));
    assertThat(source.status().condition().state()).isEqualTo(FlowState.BLOCKED);
    assertThat(source.status().condition().hint()).contains("endpoint");
    end.countDown();
    SourceFixture.soon().until(() -> source.status().condition().state() == FlowState.RUNNING);
  }
}
