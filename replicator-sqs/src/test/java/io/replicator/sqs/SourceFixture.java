package io.replicator.sqs;

import static org.awaitility.Awaitility.await;

import io.replicator.model.Change;
import io.replicator.model.Clocks;
import io.replicator.model.Region;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/**
 * What the tests of capture stand on: a real queue server for each class, and for each test a sink
 * made by hand and a wire that can be disturbed.
 */
abstract class SourceFixture {
  private static final Region HERE = new Region("us-east-1");
  static QueueServer server;

  final Workers workers = new Workers();
  final RecordingSink sink = new RecordingSink();
  final Wire wire = new Wire();
  SqsSource source;

  @BeforeAll
  static void startServer() {
    server = QueueServer.start();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @AfterEach
  void stop() {
    if (source != null) {
      sink.release();
      source.close();
    }
    workers.close();
  }

  /** Begins to capture from a queue. */
  void capture(String queue) {
    source =
        new SqsSource(
            new Queue(new QueueName(queue), server.client(wire)),
            HERE,
            sink,
            workers,
            Clocks.system());
    source.start();
  }

  Optional<Instant> upTo() {
    return source.status().deliveredUpTo();
  }

  Instant oldestOffered() {
    return sink.offered().stream().map(Change::time).min(Instant::compareTo).orElseThrow();
  }

  static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(20));
  }
}
