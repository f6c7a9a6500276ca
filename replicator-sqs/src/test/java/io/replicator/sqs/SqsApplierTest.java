package io.replicator.sqs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.model.Change;
import io.replicator.model.Region;
import io.replicator.spi.Applier.Outcome;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequest;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchResponse;

/** Apply's promises, kept with a real queue server. */
class SqsApplierTest {
  private static final Region ORIGIN = new Region("us-west-2");
  private static QueueServer server;

  private final Workers workers = new Workers();
  private final Wire wire = new Wire();

  @BeforeAll
  static void startServer() {
    server = QueueServer.start();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @AfterEach
  void stopWorkers() {
    workers.close();
  }

  @Test
  void everyChangeIsSentOnce() {
    server.create("once");
    try (SqsApplier applier = applier("once")) {
      List<CompletableFuture<Outcome>> outcomes =
          IntStream.range(0, 1000).mapToObj(n -> apply(applier, change("m" + n))).toList();
      outcomes.forEach(outcome -> assertThat(outcome.join()).isEqualTo(Outcome.APPLIED));
    }

    List<String> arrived = server.receiveAll("once").stream().map(Message::body).toList();
    assertThat(arrived).hasSize(1000);
    assertThat(new HashSet<>(arrived)).hasSize(1000);
    assertThat(wire.seen(SendMessageBatchRequest.class)).as("filled batches").hasSizeLessThan(250);
  }

  @Test
  void aLoneChangeGoesOutAtOnce() {
    server.create("alone");
    try (SqsApplier applier = applier("alone")) {
      apply(applier, change("warm")).join();
      Instant before = Instant.now();
      apply(applier, change("now")).join();
      assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(1));
    }
  }

  @Test
  void batchesStayWithinTheByteLimit() {
    server.create("bytes");
    String body = "y".repeat(400_000);
    try (SqsApplier applier = applier("bytes")) {
      List<CompletableFuture<Outcome>> outcomes =
          IntStream.range(0, 20).mapToObj(n -> apply(applier, change(n + body))).toList();
      outcomes.forEach(outcome -> assertThat(outcome.join()).isEqualTo(Outcome.APPLIED));
    }

    assertThat(wire.seen(SendMessageBatchRequest.class))
        .allSatisfy(request -> assertThat(bytes(request)).isLessThanOrEqualTo(1L << 20));
    assertThat(server.receiveAll("bytes")).hasSize(20);
  }

  @Test
  void fifoOrderOfAGroupIsKept() {
    server.create("order.fifo");
    int groups = 20;
    int each = 30;
    try (SqsApplier applier = applier("order.fifo")) {
      List<CompletableFuture<Outcome>> ends = new ArrayList<>();
      for (int group = 0; group < groups; group++) {
        String key = "g" + group;
        CompletableFuture<Outcome> last = CompletableFuture.completedFuture(Outcome.APPLIED);
        for (int n = 0; n < each; n++) {
          Change next = change(key + "-" + n, key, Map.of());
          last = last.thenCompose(done -> applier.apply(next));
        }
        ends.add(last);
      }
      ends.forEach(CompletableFuture::join);
    }

    List<Message> arrived = server.receiveAll("order.fifo");
    for (int group = 0; group < groups; group++) {
      String key = "g" + group + "-";
      assertThat(arrived.stream().map(Message::body).filter(body -> body.startsWith(key)))
          .containsExactlyElementsOf(IntStream.range(0, each).mapToObj(n -> key + n).toList());
    }
  }

  @Test
  void atMostOneMessageOfAFifoGroupIsInABatch() {
    Outbox outbox = new Outbox();
    for (String group : List.of("a", "a", "b", "a", "b", "c")) {
      outbox.add(
          new Outbox.Letter(
              OutgoingMessage.of(change("x" + group, group, Map.of()), ORIGIN, true)));
    }

    assertThat(groups(outbox.next())).containsExactly("a", "b", "c");
    assertThat(groups(outbox.next())).containsExactly("a", "b");
    assertThat(groups(outbox.next())).containsExactly("a");
    assertThat(outbox.next()).isEmpty();
    assertThat(outbox.full()).isFalse();
  }

  @Test
  void onePoisonEntryDoesNotFailItsBatch() {
    server.create("poison", Map.of(QueueAttributeName.MAXIMUM_MESSAGE_SIZE, "262144"));
    wire.spoil(
        answer ->
            answer instanceof SendMessageBatchResponse sent && sent.successful().size() > 1
                ? sent.toBuilder()
                    .successful(sent.successful().subList(1, sent.successful().size()))
                    .failed(
                        BatchResultErrorEntry.builder()
                            .id(sent.successful().get(0).id())
                            .code("InvalidMessageContents")
                            .message("characters")
                            .senderFault(true)
                            .build())
                    .build()
                : answer);
    try (SqsApplier applier = applier("poison")) {
      List<CompletableFuture<Outcome>> outcomes =
          IntStream.range(0, 40).mapToObj(n -> apply(applier, change("m" + n))).toList();
      await().until(() -> outcomes.stream().allMatch(CompletableFuture::isDone));

      List<ReplicationException> failures =
          outcomes.stream().flatMap(outcome -> failure(outcome).stream()).toList();
      assertThat(failures)
          .isNotEmpty()
          .hasSizeLessThan(20)
          .allSatisfy(failure -> assertThat(failure.kind()).isEqualTo(Kind.POISON));
    }
  }

  @Test
  void aBatchRefusedAsAWholeFailsOnlyTheGuilty() {
    server.create("guilty");
    wire.refuse(
        request ->
            request instanceof SendMessageBatchRequest batch
                && batch.entries().stream().anyMatch(entry -> entry.messageBody().equals("bad")),
        "InvalidMessageContents");
    try (SqsApplier applier = applier("guilty")) {
      List<CompletableFuture<Outcome>> good = new ArrayList<>();
      good.add(apply(applier, change("first")));
      CompletableFuture<Outcome> guilty = apply(applier, change("bad", "guilty", Map.of()));
      IntStream.range(0, 8).forEach(n -> good.add(apply(applier, change("m" + n))));

      good.forEach(outcome -> assertThat(outcome.join()).isEqualTo(Outcome.APPLIED));
      await().until(guilty::isDone);
      assertThat(failure(guilty).orElseThrow().kind()).isEqualTo(Kind.POISON);
    }
    assertThat(server.receiveAll("guilty")).hasSize(9);
  }

  @Test
  void aMessageThatTheServerRefusesIsPoison() {
    server.create("control");
    try (SqsApplier applier = applier("control")) {
      CompletableFuture<Outcome> guilty = apply(applier, change("control \u0001 character"));
      assertThat(failure(guilty).orElseThrow().kind()).isEqualTo(Kind.POISON);
      assertThat(apply(applier, change("fine")).join()).isEqualTo(Outcome.APPLIED);
    }
  }

  @Test
  void anEntryThatTheAnswerLeavesOutIsNotTakenForSent() {
    server.create("silent");
    wire.spoil(
        answer ->
            answer instanceof SendMessageBatchResponse sent
                ? sent.toBuilder().successful(List.of()).build()
                : answer);
    try (SqsApplier applier = applier("silent")) {
      assertThat(failure(apply(applier, change("m"))).orElseThrow().kind())
          .isEqualTo(Kind.TRANSIENT);
    }
  }

  @Test
  void aServerThatRefusesGroupsGetsMessagesWithoutAndNoDeadLettersComeOfIt() {
    server.create("groupless");
    wire.refuse(
        request ->
            request instanceof SendMessageBatchRequest batch
                && batch.entries().stream().anyMatch(entry -> entry.messageGroupId() != null),
        "InvalidParameterValue");
    Map<String, byte[]> group = Map.of(CapturedMessage.GROUP, "tenant".getBytes(UTF_8));
    try (SqsApplier applier = applier("groupless")) {
      List<CompletableFuture<Outcome>> outcomes =
          IntStream.range(0, 30)
              .mapToObj(n -> apply(applier, change("m" + n, "k" + n, group)))
              .toList();
      outcomes.forEach(outcome -> assertThat(outcome.join()).isEqualTo(Outcome.APPLIED));

      int requests = wire.seen(SendMessageBatchRequest.class).size();
      assertThat(apply(applier, change("after", "after", group)).join()).isEqualTo(Outcome.APPLIED);
      assertThat(wire.seen(SendMessageBatchRequest.class))
          .as("what the server refuses is not tried again")
          .hasSize(requests + 1);
    }
    assertThat(server.receiveAll("groupless")).hasSize(31);
  }

  @Test
  void noRequestBeginsTooLateToEndWithinTheMinute() {
    OutgoingMessage message = OutgoingMessage.of(change("late"), ORIGIN, false);
    long now = System.nanoTime();
    Outbox.Letter late =
        new Outbox.Letter(
            message, new CompletableFuture<>(), now - Outbox.LONGEST_WAIT.toNanos() - 1);

    assertThat(late.late()).isTrue();
    assertThat(new Outbox.Letter(message).late()).isFalse();
    assertThat(Outbox.LONGEST_WAIT.plus(SqsClients.CALL_TIMEOUT.multipliedBy(2)))
        .isLessThanOrEqualTo(Duration.ofSeconds(60));
  }

  @Test
  void whatNoQueueCanHoldIsPoison() {
    server.create("unfit");
    try (SqsApplier applier = applier("unfit")) {
      for (Change unfit :
          List.of(
              change(""),
              change("z".repeat((1 << 20) + 1)),
              change("a", "k", Map.of("attribute/String/big", new byte[1 << 20])),
              bytes(new byte[] {(byte) 0xc3, 0x28}),
              new Change(
                  "id",
                  "k",
                  Change.Kind.DELETE,
                  Instant.EPOCH,
                  Optional.empty(),
                  Optional.empty(),
                  new TreeMap<>(),
                  new byte[0]))) {
        assertThat(failure(apply(applier, unfit)).orElseThrow().kind()).isEqualTo(Kind.POISON);
      }
      assertThat(apply(applier, change("fits")).join()).isEqualTo(Outcome.APPLIED);
    }
  }

  @Test
  void missingQueueIsBlockedAndIsFoundOnceItIsThere() {
    try (SqsApplier applier = applier("late")) {
      ReplicationException missing = failure(apply(applier, change("m"))).orElseThrow();
      assertThat(missing.kind()).isEqualTo(Kind.BLOCKED);
      assertThat(missing.hint()).contains("create the queue late");

      server.create("late");
      assertThat(apply(applier, change("m")).join()).isEqualTo(Outcome.APPLIED);

      server.delete("late");
      assertThat(failure(apply(applier, change("n"))).orElseThrow().kind()).isEqualTo(Kind.BLOCKED);
      server.create("late");
      assertThat(apply(applier, change("n")).join()).isEqualTo(Outcome.APPLIED);
    }
    assertThat(server.receiveAll("late")).hasSize(1);
  }

  @Test
  void unreachableServerIsTransient() {
    server.create("unreachable");
    wire.breakFor(SendMessageBatchRequest.class::isInstance);
    try (SqsApplier applier = applier("unreachable")) {
      ReplicationException failure = failure(apply(applier, change("m"))).orElseThrow();
      assertThat(failure.kind()).isEqualTo(Kind.TRANSIENT);
      assertThat(failure.hint()).contains("endpoint");
      wire.mend();
      assertThat(apply(applier, change("m")).join()).isEqualTo(Outcome.APPLIED);
    }
  }

  private SqsApplier applier(String queue) {
    return new SqsApplier(new Queue(new QueueName(queue), server.client(wire)), ORIGIN, workers);
  }

  private static CompletableFuture<Outcome> apply(SqsApplier applier, Change change) {
    return applier.apply(change).toCompletableFuture();
  }

  private static Optional<ReplicationException> failure(CompletableFuture<Outcome> outcome) {
    try {
      outcome.join();
      return Optional.empty();
    } catch (CompletionException e) {
      return Optional.of((ReplicationException) e.getCause());
    }
  }

  private static Change change(String body) {
    return change(body, "key", Map.of());
  }

  private static Change change(String body, String key, Map<String, byte[]> attributes) {
    String id = "id-" + Integer.toHexString(body.hashCode());
    return Change.upsert(id, key, Instant.EPOCH, new TreeMap<>(attributes), body.getBytes(UTF_8));
  }

  private static Change bytes(byte[] payload) {
    return Change.upsert("id", "k", Instant.EPOCH, Collections.emptySortedMap(), payload);
  }

  private static List<String> groups(List<Outbox.Letter> batch) {
    return batch.stream().map(letter -> letter.message().change().key()).toList();
  }

  private static long bytes(SendMessageBatchRequest request) {
    long bytes = 0;
    for (SendMessageBatchRequestEntry entry : request.entries()) {
      bytes += entry.messageBody().getBytes(UTF_8).length;
      for (var attribute : entry.messageAttributes().entrySet()) {
        bytes += attribute.getKey().length() + attribute.getValue().dataType().length();
        bytes += attribute.getValue().stringValue().length();
      }
    }
    return bytes;
  }
}
