package io.replicator.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequest;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequest;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/**
 * What capture promises of messages in hand: nobody else is given them, and those that stay behind
 * are given back.
 */
class InHandTest extends SourceFixture {
  @Test
  void visibilityIsExtendedWhileTheBrokerIsSlow() {
    server.create("slow", Map.of(QueueAttributeName.VISIBILITY_TIMEOUT, "2"));
    server.sendNumbered("slow", "m", 1, 12);
    sink.hold();

    capture("slow");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> wire.seen(ChangeMessageVisibilityBatchRequest.class).size() >= 6);

    assertThat(sink.count()).as("none was delivered a second time").isEqualTo(12);
    assertThat(server.visible("slow")).isZero();
    sink.release();
    soon().until(() -> server.held("slow") == 0);
    assertThat(sink.count()).isEqualTo(12);
  }

  @Test
  void whatIsLeftWhenClosingIsGivenBackAtOnce() {
    server.create("given-back", Map.of(QueueAttributeName.VISIBILITY_TIMEOUT, "600"));
    server.sendNumbered("given-back", "m", 1, 15);
    sink.hold();
    capture("given-back");
    soon().until(() -> sink.count() == 15);
    assertThat(server.visible("given-back")).isZero();

    Instant before = Instant.now();
    source.close();

    assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(11));
    assertThat(server.visible("given-back")).isEqualTo(15);
  }

  @Test
  void closingWaitsForWhatBecomesDurable() {
    server.create("closing");
    server.sendNumbered("closing", "m", 1, 15);
    sink.hold();
    capture("closing");
    soon().until(() -> sink.count() == 15);
    // Later than the poll ends that is under way, which closing waits for as well.
    workers.after(Duration.ofSeconds(2), sink::release);

    source.close();

    assertThat(server.held("closing")).isZero();
  }

  @Test
  void whatTheSinkLetsGoOfIsGivenBackAndNotDeleted() {
    server.create("let-go", Map.of(QueueAttributeName.VISIBILITY_TIMEOUT, "600"));
    server.sendNumbered("let-go", "m", 1, 15);
    sink.hold();
    capture("let-go");
    soon().until(() -> sink.count() == 15);

    sink.letGo();
    source.close();

    assertThat(wire.seen(DeleteMessageBatchRequest.class)).isEmpty();
    assertThat(server.visible("let-go")).isEqualTo(15);
  }

  @Test
  void anExpiredReceiptIsNoFailure() {
    server.create("expired", Map.of(QueueAttributeName.VISIBILITY_TIMEOUT, "1"));
    wire.breakFor(ChangeMessageVisibilityBatchRequest.class::isInstance);
    server.send("expired", "expired-1");
    sink.hold();

    capture("expired");
    await().atMost(Duration.ofSeconds(30)).until(() -> wire.received("expired-1") >= 3);
    assertThat(sink.count()).as("the one in hand is not offered again").isEqualTo(1);

    sink.release();
    soon().until(() -> server.held("expired") == 0);
    assertThat(sink.count()).isEqualTo(1);
  }

  @Test
  void aSlowBrokerPutsNothingIntoADeadLetterQueue() {
    server.create("redrive-dead");
    server.create(
        "redrive",
        Map.of(
            QueueAttributeName.VISIBILITY_TIMEOUT,
            "1",
            QueueAttributeName.REDRIVE_POLICY,
            "{\"deadLetterTargetArn\":\"arn:aws:sqs:elasticmq:000000000000:redrive-dead\","
                + "\"maxReceiveCount\":1}"));
    server.sendNumbered("redrive", "m", 1, 30);
    sink.hold();

    capture("redrive");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> wire.seen(ChangeMessageVisibilityBatchRequest.class).size() >= 12);
    sink.release();
    soon().until(() -> server.held("redrive") == 0);

    assertThat(server.held("redrive-dead")).isZero();
    assertThat(new HashSet<>(sink.bodies())).hasSize(30);
  }
}
