package io.replicator.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.elasticmq.rest.sqs.SQSRestServer;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is wrong is told all at once: a missing bucket hides nothing else. */
class BucketCheckTest {
  private static BucketServer buckets;
  private static SQSRestServer queues;
  private static S3Clients clients;

  @BeforeAll
  static void start() {
    buckets = BucketServer.start();
    queues = SQSRestServerBuilder.withInterface("127.0.0.1").withDynamicPort().start();
    InetSocketAddress address = queues.waitUntilStarted().localAddress();
    clients =
        new S3Clients(
            buckets.place(),
            Optional.of(URI.create("http://127.0.0.1:" + address.getPort())),
            Duration.ofSeconds(20),
            64);
  }

  @AfterAll
  static void stop() {
    clients.close();
    queues.stopAndWait();
    buckets.close();
  }

  private static List<Finding> findings(String bucket) {
    return new BucketCheck(
            Plans.of("us-east-1", bucket, buckets, Map.of()),
            Optional.of(new NotificationsFrom.Queue("nowhere")),
            clients)
        .findings();
  }

  @Test
  void aMissingBucketAndItsMissingQueueAreBothErrors() {
    assertThat(findings("missing"))
        .filteredOn(finding -> finding.level() == Level.ERROR)
        .extracting(Finding::subject)
        .contains("s3 bucket missing", "s3 queue nowhere");
  }

  @Test
  void aMissingQueueIsAnErrorOfABucketThatIsThere() {
    buckets.create("there");
    assertThat(findings("there"))
        .filteredOn(finding -> finding.level() == Level.ERROR)
        .extracting(Finding::subject)
        .contains("s3 queue nowhere")
        .doesNotContain("s3 bucket missing");
  }
}
