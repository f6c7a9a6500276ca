package io.replicator.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.spi.SourceStatus;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageRequest;

/** How far capture says that all is acknowledged, with a real queue server. */
class SourceProgressTest extends SourceFixture {
  @Test
  void idleProgressStaysWithinTwoAndAHalfSeconds() {
    server.create("idle");
    capture("idle");
    soon().until(() -> upTo().isPresent());

    Instant end = Instant.now().plusSeconds(4);
    await()
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(50))
        .until(
            () -> {
              assertThat(Duration.between(upTo().orElseThrow(), Instant.now()))
                  .isLessThan(Duration.ofMillis(2500));
              return Instant.now().isAfter(end);
            });
  }

  @Test
  void progressNeverPassesAnUnacknowledgedMessage() {
    server.create("unacknowledged");
    capture("unacknowledged");
    soon().until(() -> upTo().isPresent());
    sink.hold();
    server.send("unacknowledged", "waits");
    soon().until(() -> sink.count() == 1);
    Instant sent = sink.offered().get(0).time();

    int polls = wire.seen(ReceiveMessageRequest.class).size();
    soon().until(() -> wire.seen(ReceiveMessageRequest.class).size() >= polls + 3);
    assertThat(upTo().orElseThrow()).isEqualTo(sent);

    sink.release();
    soon().until(() -> upTo().orElseThrow().isAfter(sent));
  }

  @Test
  void progressOfABacklogIsTheAgeOfTheOldestWaitingMessage() {
    server.create("backlog");
    server.sendNumbered("backlog", "old", 1, 200);
    sink.hold();
    capture("backlog");
    soon().until(() -> sink.count() >= 20);
    sink.shut();
    sink.release();
    soon().until(() -> server.held("backlog") == server.visible("backlog"));

    Instant oldestWaiting =
        server
            .plain()
            .receiveMessage(
                r ->
                    r.queueUrl(server.url("backlog"))
                        .visibilityTimeout(0)
                        .messageSystemAttributeNames(
                            software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName
                                .SENT_TIMESTAMP))
            .join()
            .messages()
            .stream()
            .map(m -> new CapturedMessage(m, false).sent())
            .findFirst()
            .orElse(Instant.now());

    assertThat(Duration.between(upTo().orElseThrow(), oldestWaiting).abs())
        .isLessThan(Duration.ofSeconds(2));
    SourceStatus status = source.status();
    assertThat(status.retention()).contains(Duration.ofDays(4));
    assertThat(status.hold()).isEqualTo(Duration.ofSeconds(30));
  }
}
