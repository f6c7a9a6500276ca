package io.replicator.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.model.Change;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequest;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchResponse;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchResultEntry;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageRequest;

/**
 * What capture promises of what it reads: all of it, once, in order, and no more than can be passed
 * on.
 */
class SqsSourceTest extends SourceFixture {
  @Test
  void undeliveredMessagesStayInTheQueue() {
    server.create("undelivered");
    server.sendNumbered("undelivered", "m", 1, 25);
    sink.hold();

    capture("undelivered");
    soon().until(() -> sink.count() == 25);
    assertThat(wire.seen(DeleteMessageBatchRequest.class)).isEmpty();
    assertThat(server.held("undelivered")).isEqualTo(25);

    sink.release();
    soon().until(() -> server.held("undelivered") == 0);
    assertThat(new HashSet<>(sink.bodies())).hasSize(25);
  }

  @Test
  void nothingIsReceivedWhileTheSinkIsNotReady() {
    server.create("not-ready");
    server.sendNumbered("not-ready", "m", 1, 5);
    sink.shut();

    capture("not-ready");
    soon().until(() -> source.status().waiting().orElse(0) == 5);
    // The first request would be made as soon as the queue was found.
    await()
        .during(Duration.ofMillis(500))
        .until(() -> wire.seen(ReceiveMessageRequest.class).isEmpty());
    assertThat(upTo()).isEmpty();

    sink.open();
    soon().until(() -> sink.count() == 5);
  }

  @Test
  void fifoOrderOfAGroupIsKept() {
    server.create("order.fifo");
    int groups = 7;
    for (int group = 0; group < groups; group++) {
      server.sendNumbered("order.fifo", "g" + group, 1, 60);
    }

    capture("order.fifo");
    await().atMost(Duration.ofSeconds(60)).until(() -> server.held("order.fifo") == 0);

    for (int group = 0; group < groups; group++) {
      String key = "g" + group;
      assertThat(sink.offered().stream().filter(c -> c.key().equals(key)).map(RecordingSink::body))
          .containsExactlyElementsOf(
              IntStream.rangeClosed(1, 60).mapToObj(n -> key + "-" + n).toList());
    }
  }

  @Test
  void everyMessageIsCapturedOnceThroughManyPollers() {
    server.create("many");
    server.sendNumbered("many", "m", 1, 3000);

    capture("many");
    await().atMost(Duration.ofSeconds(60)).until(() -> server.held("many") == 0);

    assertThat(new HashSet<>(sink.bodies())).hasSize(3000);
    assertThat(sink.count()).isEqualTo(3000);
  }

  @Test
  void failedDeletesAreTriedAgain() {
    server.create("deletes");
    wire.spoil(
        answer ->
            answer instanceof DeleteMessageBatchResponse deleted
                ? nothingDeleted(deleted)
                : answer);
    server.sendNumbered("deletes", "m", 1, 3);

    capture("deletes");
    soon().until(() -> wire.seen(DeleteMessageBatchRequest.class).size() >= 4);
    soon().until(() -> source.status().condition().state() == FlowState.BLOCKED);
    Instant oldest = sink.offered().get(0).time();
    assertThat(source.status().deliveredUpTo().orElseThrow()).isBeforeOrEqualTo(oldest);

    wire.mend();
    soon().until(() -> source.status().condition().equals(Condition.RUNNING));
    soon().until(() -> upTo().filter(time -> time.isAfter(oldest)).isPresent());
    assertThat(sink.count()).isEqualTo(3);
  }

  @Test
  void receivingStopsWhileNothingCanBeDeleted() {
    server.create("undeletable", Map.of(QueueAttributeName.VISIBILITY_TIMEOUT, "4"));
    wire.breakFor(DeleteMessageBatchRequest.class::isInstance);
    server.sendNumbered("undeletable", "m", 1, 1200);

    capture("undeletable");
    soon().until(() -> sink.count() >= Unacknowledged.ENOUGH);
    soon().until(() -> source.status().condition().state() == FlowState.BLOCKED);
    // Longer than the visibility, so that what is not extended would come again.
    List<Integer> polls = new ArrayList<>();
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofSeconds(1))
        .until(
            () -> {
              polls.add(wire.seen(ReceiveMessageRequest.class).size());
              int now = polls.size();
              return now > 6 && polls.get(now - 1).equals(polls.get(now - 7));
            });

    int inHand = sink.count();
    assertThat(inHand).isLessThanOrEqualTo(Unacknowledged.ENOUGH + 10 * Pollers.MOST);
    assertThat(sink.bodies()).allMatch(body -> wire.received(body) == 1);
    assertThat(server.held("undeletable")).isEqualTo(1200);
    assertThat(upTo().orElseThrow()).isBeforeOrEqualTo(oldestOffered());

    wire.mend();
    await().atMost(Duration.ofSeconds(60)).until(() -> server.held("undeletable") == 0);
    assertThat(sink.count()).isEqualTo(1200);
    assertThat(new HashSet<>(sink.bodies())).hasSize(1200);
    Instant last = sink.offered().stream().map(Change::time).max(Instant::compareTo).orElseThrow();
    soon().until(() -> upTo().orElseThrow().isAfter(last));
    soon().until(() -> source.status().condition().equals(Condition.RUNNING));
  }

  @Test
  void requestsAreNotMadeOnTheThreadThatOpensTheSink() {
    server.create("thread");
    server.sendNumbered("thread", "m", 1, 25);
    sink.shut();
    capture("thread");
    soon().until(() -> source.status().waiting().orElse(0) == 25);

    sink.open();
    soon().until(() -> server.held("thread") == 0);

    assertThat(wire.threads(ReceiveMessageRequest.class))
        .isNotEmpty()
        .allMatch(thread -> thread.startsWith("sqs-"));
  }

  private static DeleteMessageBatchResponse nothingDeleted(DeleteMessageBatchResponse deleted) {
    Stream<String> entries =
        Stream.concat(
            deleted.successful().stream().map(DeleteMessageBatchResultEntry::id),
            deleted.failed().stream().map(BatchResultErrorEntry::id));
    return DeleteMessageBatchResponse.builder()
        .failed(
            entries
                .map(id -> BatchResultErrorEntry.builder().id(id).code("InternalError").build())
                .toList())
        .build();
  }
}
