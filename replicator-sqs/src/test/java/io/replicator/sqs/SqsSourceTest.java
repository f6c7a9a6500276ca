package io.replicator.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.model.Change;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.model.Region;
import io.replicator.spi.SourceStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequest;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequest;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchResponse;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchResultEntry;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageRequest;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageResponse;

/** Capture's promises, kept with a real queue server and a sink made by hand. */
class SqsSourceTest {
  private static final Region HERE = new Region("us-east-1");
  private static QueueServer server;

  private final Workers workers = new Workers();
  private final RecordingSink sink = new RecordingSink();
  private final Wire wire = new Wire();
  private SqsSource source;

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
    assertThat(wire.seen(ReceiveMessageRequest.class)).isEmpty();
    assertThat(source.status().deliveredUpTo()).isEmpty();

    sink.open();
    soon().until(() -> sink.count() == 5);
  }

  @Test
  void visibilityIsExtendedWhileTheBrokerIsSlow() {
    server.create("slow", Map.of(QueueAttributeName.VISIBILITY_TIMEOUT, "2"));
    server.sendNumbered("slow", "m", 1, 12);
    sink.hold();

    capture("slow");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> wire.seen(ChangeMessageVisibilityBatchRequest.class).size() >= 12);

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
    workers.after(Duration.ofSeconds(1), sink::release);

    source.close();

    assertThat(server.held("closing")).isZero();
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
  void refusedMessagesStayInTheQueueAndAreSaid() {
    server.create("refused", Map.of(QueueAttributeName.VISIBILITY_TIMEOUT, "2"));
    sink.refuse("monster");
    server.send("refused", "monster");
    server.send("refused", "fine");

    capture("refused");
    soon().until(() -> source.status().condition().state() == FlowState.DEGRADED);
    soon().until(() -> sink.bodies().equals(List.of("fine")) && server.held("refused") == 1);

    assertThat(source.status().condition().reason()).contains("refused", "too large");
    assertThat(source.status().condition().hint()).contains("make it smaller");
    int polls = wire.seen(ReceiveMessageRequest.class).size();
    soon().until(() -> wire.seen(ReceiveMessageRequest.class).size() >= polls + 2);
    soon().until(() -> upTo().isPresent());
  }

  @Test
  void oneOddMessageIsRefusedAloneAndTheOthersPass() {
    server.create("odd");
    wire.spoil(
        answer -> answer instanceof ReceiveMessageResponse received ? withOdd(received) : answer);
    server.sendNumbered("odd", "odd", 1, 3);
    server.sendNumbered("odd", "fine", 1, 7);

    capture("odd");
    soon().until(() -> sink.count() == 7 && server.held("odd") == 3);
    soon().until(() -> source.status().condition().state() == FlowState.DEGRADED);
    assertThat(sink.bodies()).allMatch(body -> body.startsWith("fine"));
    assertThat(source.status().condition().reason()).contains("cannot be taken");

    server.send("odd", "later");
    soon().until(() -> sink.bodies().contains("later"));
    int extended = wire.seen(ChangeMessageVisibilityBatchRequest.class).size();
    assertThat(extended).as("each refused message is left once").isEqualTo(3);
    soon().until(() -> upTo().filter(time -> time.isAfter(oldestOffered())).isPresent());
    source.close();
    assertThat(source.status().condition().state()).isEqualTo(FlowState.DEGRADED);
  }

  /** One message's attribute has no value, one's has no type, and one has no id. */
  private static ReceiveMessageResponse withOdd(ReceiveMessageResponse received) {
    MessageAttributeValue.Builder attribute = MessageAttributeValue.builder();
    return received.toBuilder()
        .messages(
            received.messages().stream()
                .map(
                    message ->
                        switch (message.body()) {
                          case "odd-1" -> with(message, attribute.dataType("String").build());
                          case "odd-2" -> with(message, attribute.dataType(null).build());
                          case "odd-3" -> message.toBuilder().messageId(null).build();
                          default -> message;
                        })
                .toList())
        .build();
  }

  private static Message with(Message message, MessageAttributeValue attribute) {
    return message.toBuilder()
        .messageAttributes(Map.of("odd", attribute))
        .md5OfMessageAttributes(null)
        .build();
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
        .until(() -> wire.seen(ChangeMessageVisibilityBatchRequest.class).size() >= 30);
    sink.release();
    soon().until(() -> server.held("redrive") == 0);

    assertThat(server.held("redrive-dead")).isZero();
    assertThat(new HashSet<>(sink.bodies())).hasSize(30);
  }

  @Test
  void messagesThatCameBackDoNotTravelAgain() {
    server.create("came-back");
    String url = server.url("came-back");
    for (String id : List.of("us-east-1/a", "us-west-2/b", "no id of ours")) {
      server
          .plain()
          .sendMessage(
              m ->
                  m.queueUrl(url)
                      .messageBody(id)
                      .messageAttributes(
                          Map.of(
                              "replicator-id",
                              MessageAttributeValue.builder()
                                  .dataType("String")
                                  .stringValue(id)
                                  .build())))
          .join();
    }

    capture("came-back");
    soon().until(() -> sink.count() == 2 && server.held("came-back") == 1);
    soon().until(() -> source.status().condition().state() == FlowState.DEGRADED);

    assertThat(sink.bodies()).containsExactlyInAnyOrder("us-west-2/b", "no id of ours");
    assertThat(source.status().condition().reason()).contains("has come back");
    assertThat(source.status().condition().hint()).isNotEmpty();
  }

  @Test
  void missingQueueIsBlockedAndRecovers() {
    capture("late");
    soon().until(() -> source.status().condition().state() == FlowState.BLOCKED);
    assertThat(source.status().condition().reason()).contains("late");
    assertThat(source.status().condition().hint()).contains("create the queue late");
    assertThat(source.status().deliveredUpTo()).isEmpty();

    server.create("late");
    server.send("late", "first");
    soon().until(() -> sink.bodies().equals(List.of("first")));
    soon().until(() -> source.status().condition().equals(Condition.RUNNING));

    server.delete("late");
    soon().until(() -> source.status().condition().state() == FlowState.BLOCKED);
    server.create("late");
    server.send("late", "second");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> sink.bodies().equals(List.of("first", "second")));
    soon().until(() -> source.status().condition().equals(Condition.RUNNING));
  }

  @Test
  void unreachableServerIsBlockedAndRecovers() {
    server.create("unreachable");
    wire.breakFor(request -> true);
    capture("unreachable");
    soon().until(() -> source.status().condition().state() == FlowState.BLOCKED);
    assertThat(source.status().condition().hint()).contains("endpoint can be reached");

    wire.mend();
    server.send("unreachable", "arrives");
    soon().until(() -> sink.count() == 1);
    soon().until(() -> source.status().condition().equals(Condition.RUNNING));
  }

  @Test
  void idleProgressStaysWithinTwoAndAHalfSeconds() {
    server.create("idle");
    capture("idle");
    soon().until(() -> upTo().isPresent());

    Instant end = Instant.now().plusSeconds(6);
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

  private Instant oldestOffered() {
    return sink.offered().stream().map(Change::time).min(Instant::compareTo).orElseThrow();
  }

  private Optional<Instant> upTo() {
    return source.status().deliveredUpTo();
  }

  private void capture(String queue) {
    source =
        new SqsSource(
            new Queue(new QueueName(queue), server.client(wire)),
            HERE,
            sink,
            workers,
            InstantSource.system());
    source.start();
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(20));
  }
}
