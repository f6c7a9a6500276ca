package io.replicator.apply;

import static io.replicator.fixture.FakeSource.change;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.fixture.FakeTarget;
import io.replicator.fixture.KafkaBroker;
import io.replicator.model.Change;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.model.OnFailure;
import io.replicator.reading.Hearing;
import io.replicator.spi.Applier;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import io.replicator.wire.Parked;
import io.replicator.wire.Stamp;
import io.replicator.wire.WireFormat;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

@Execution(ExecutionMode.CONCURRENT)
class ParkingTest {
  private static final OnFailure SOON = new OnFailure.Retry(Duration.ofSeconds(1));
  private static KafkaBroker broker;
  private ApplyRig rig;
  private final FakeTarget target = new FakeTarget(false);
  private final AtomicBoolean broken = new AtomicBoolean(true);

  @BeforeAll
  static void startBroker() {
    broker = KafkaBroker.started();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @AfterEach
  void close() {
    rig.close();
    target.close();
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(90)).pollInterval(Duration.ofMillis(50));
  }

  private static CompletableFuture<Applier.Outcome> fails(Kind kind) {
    return CompletableFuture.failedFuture(
        new ReplicationException(kind, "the store said no", "say please", null));
  }

  /** Fails for keys that begin with "bad" while it is broken. */
  private void fail(FakeTarget target, Kind kind) {
    target.conduct(
        change ->
            broken.get() && change.key().startsWith("bad") ? fails(kind) : FakeTarget.done(change));
  }

  private void send(String key, int from, int to) {
    for (int number = from; number < to; number++) {
      rig.send(change(key + "-" + number, key));
    }
  }

  /** Has changes of another key pass all the time, which shows that the target does its work. */
  private void passOthersUntil(BooleanSupplier done) {
    AtomicInteger number = new AtomicInteger();
    soon()
        .until(
            () -> {
              rig.send(change("good-" + number.getAndIncrement(), "good"));
              return done.getAsBoolean();
            });
  }

  private static List<String> ids(String key, int count) {
    List<String> ids = new ArrayList<>();
    for (int number = 0; number < count; number++) {
      ids.add(key + "-" + number);
    }
    return ids;
  }

  private static List<String> idsOf(FakeTarget target, String key) {
    return target.applied().stream().filter(it -> it.key().equals(key)).map(Change::id).toList();
  }

  @Test
  void aFailingKeyParksAndOthersGoOn() {
    rig = new ApplyRig(broker, 2);
    rig.onFailure = SOON;
    fail(target, Kind.TRANSIENT);
    send("bad", 0, 10);
    rig.sendMany(20_000, 200);
    send("bad", 10, 20);
    ApplyRig.Member member = rig.start(target);
    rig.awaitCommitted();
    assertThat(target.ids()).hasSize(20_000).doesNotHaveDuplicates();
    assertThat(ApplyRig.outOfOrder(target.applied())).isEmpty();
    assertThat(member.apply.parked()).isEqualTo(20);
    assertThat(member.conditions.present().state()).isEqualTo(FlowState.RUNNING);
    assertThat(member.figures.lastFailure().orElseThrow().message()).isEqualTo("the store said no");
    assertThat(rig.contents(rig.deadLetters())).isEmpty();
  }

  @Test
  void aParkedKeysChangesComeBackInOrder() {
    rig = new ApplyRig(broker, 2);
    rig.onFailure = SOON;
    fail(target, Kind.TRANSIENT);
    ApplyRig.Member member = rig.start(target);
    send("bad", 0, 200);
    rig.awaitCommitted();
    assertThat(member.apply.parked()).isEqualTo(200);
    broken.set(false);
    send("bad", 200, 400);
    soon().until(() -> idsOf(target, "bad").size() == 400);
    soon().until(() -> member.apply.parked() == 0);
    send("bad", 400, 500);
    rig.awaitCommitted();
    soon().until(() -> member.apply.parked() == 0);
    assertThat(idsOf(target, "bad")).isEqualTo(ids("bad", 500));
    assertThat(member.figures.deadLetteredCount()).isZero();
  }

  /** A table without GRANT, in a flow of many. */
  @Test
  void aKeyThatIsRefusedAloneParksAndOthersGoOn() {
    rig = new ApplyRig(broker, 2);
    rig.onFailure = SOON;
    fail(target, Kind.BLOCKED);
    ApplyRig.Member member = rig.start(target);
    send("bad", 0, 10);
    passOthersUntil(() -> member.apply.parked() == 10);
    assertThat(member.figures.deadLetteredCount()).isZero();
    broken.set(false);
    passOthersUntil(() -> member.apply.parked() == 0);
    rig.awaitCommitted();
    assertThat(idsOf(target, "bad")).isEqualTo(ids("bad", 10));
    assertThat(ApplyRig.outOfOrder(target.applied())).isEmpty();
  }

  @Test
  void whatWaitsForItsTableParksAndShowsIt() {
    rig = new ApplyRig(broker, 1);
    rig.onFailure = SOON;
    fail(target, Kind.SCHEMA);
    ApplyRig.Member member = rig.start(target);
    send("bad", 0, 10);
    send("good", 0, 10);
    rig.awaitCommitted();
    assertThat(member.apply.parked()).isEqualTo(10);
    assertThat(idsOf(target, "good")).isEqualTo(ids("good", 10));
    soon()
        .until(
            () -> {
              member.apply.watch(Hearing.Origin.RUNS);
              return member.conditions.present().state() == FlowState.WAITING_FOR_SCHEMA;
            });
    broken.set(false);
    soon().until(() -> member.apply.parked() == 0);
    member.apply.watch(Hearing.Origin.RUNS);
    assertThat(member.conditions.present().state()).isEqualTo(FlowState.RUNNING);
    assertThat(idsOf(target, "bad")).isEqualTo(ids("bad", 10));
  }

  /** Some are parked, and some wait in the lanes. */
  @Test
  void allTablesThatAreMissingAreNamedUntilEachIsThere() {
    rig = new ApplyRig(broker, 2);
    rig.onFailure = SOON;
    Set<String> there = ConcurrentHashMap.newKeySet();
    target.conduct(
        change ->
            there.contains(change.key())
                ? FakeTarget.done(change)
                : CompletableFuture.failedFuture(
                    new ReplicationException(
                        Kind.SCHEMA,
                        change.key() + " is missing",
                        "create " + change.key(),
                        null)));
    ApplyRig.Member member = rig.start(target);
    List<String> tables = List.of("t0", "t1", "t2");
    for (int number = 0; number < tables.size(); number++) {
      rig.send(change(tables.get(number) + "-1", tables.get(number)), number % 2, number / 2 + 1L);
    }
    soon().until(() -> shows(member, tables));
    rig.awaitCommitted();
    assertThat(member.apply.parked()).isEqualTo(3);
    soon().until(() -> shows(member, tables));
    there.add("t1");
    soon().until(() -> shows(member, List.of("t0", "t2")));
    there.addAll(tables);
    soon().until(() -> member.apply.parked() == 0);
    member.apply.watch(Hearing.Origin.RUNS);
    assertThat(member.conditions.present().state()).isEqualTo(FlowState.RUNNING);
  }

  private static boolean shows(ApplyRig.Member member, List<String> missing) {
    member.apply.watch(Hearing.Origin.RUNS);
    Condition present = member.conditions.present();
    return present.state() == FlowState.WAITING_FOR_SCHEMA
        && Set.of(present.reason().split("; "))
            .equals(missing.stream().map(it -> it + " is missing").collect(Collectors.toSet()))
        && missing.stream().allMatch(it -> present.hint().contains("create " + it));
  }

  @Test
  void handOverToAnotherMember() {
    rig = new ApplyRig(broker, 2);
    rig.onFailure = SOON;
    fail(target, Kind.TRANSIENT);
    ApplyRig.Member first = rig.start(target);
    for (int number = 0; number < 50; number++) {
      for (int partition = 0; partition < 2; partition++) {
        String key = "bad" + partition;
        rig.send(change(key + "-" + number, key), partition, number + 1L);
      }
    }
    rig.awaitCommitted();
    assertThat(first.apply.parked()).isEqualTo(100);
    try (FakeTarget other = new FakeTarget(false)) {
      fail(other, Kind.TRANSIENT);
      ApplyRig.Member second = rig.start(other);
      soon().until(() -> first.apply.parked() == 50 && second.apply.parked() == 50);
      for (int number = 50; number < 60; number++) {
        rig.send(change("bad0-" + number, "bad0"), 0, number + 1L);
        rig.send(change("bad1-" + number, "bad1"), 1, number + 1L);
      }
      rig.awaitCommitted();
      broken.set(false);
      soon().until(() -> first.apply.parked() == 0 && second.apply.parked() == 0);
      List<Change> all = new ArrayList<>(target.applied());
      all.addAll(other.applied());
      assertThat(all).hasSize(120);
      assertThat(ApplyRig.outOfOrder(all)).isEmpty();
      assertThat(other.ids()).hasSize(60);
      rig.stop(second);
      rig.stop(first);
    }
    ApplyRig.Member third = rig.start(target);
    send("good", 0, 1);
    rig.awaitCommitted();
    assertThat(third.apply.parked()).as("what came back is ended").isZero();
  }

  /** The one who replayed died amid its transaction, which hides what others write behind it. */
  @Test
  void whatWasParkedBehindAnOpenTransactionIsKnownToTheNextOwner() {
    rig = new ApplyRig(broker, 1);
    rig.onFailure = SOON;
    fail(target, Kind.TRANSIENT);
    ApplyRig.Member first = rig.start(target);
    send("bad", 0, 1);
    rig.awaitCommitted();
    try (var replay = rig.kafka.transactionalProducer("replay", rig.parking())) {
      replay.initTransactions();
      replay.beginTransaction();
      var unused = replay.send(new ProducerRecord<>(rig.parking(), 0, new byte[1], null));
      replay.flush();
      send("bad", 1, 4);
      rig.awaitCommitted();
      rig.stop(first);
      broken.set(false);
      ApplyRig.Member next = rig.start(target);
      send("bad", 4, 5);
      soon().until(() -> target.applied().size() == 5 && next.apply.parked() == 0);
    }
    assertThat(idsOf(target, "bad")).isEqualTo(ids("bad", 5));
  }

  /** As {@link Finish} does: elsewhere the topic can be asked for, there nobody would answer. */
  @Test
  @SuppressWarnings("FutureReturnValueIgnored") // the callbacks say the same
  void whatIsEndedOnTheProducersOwnThreadKeepsNobodyWaiting() {
    rig = new ApplyRig(broker, 2);
    try (var producer = rig.kafka.producer("fresh")) {
      Parking parking = new Parking(rig.parking(), producer, new LocalWrites("", System::nanoTime));
      parking.learn();
      CompletableFuture<Long> ended = new CompletableFuture<>();
      producer.send(
          new ProducerRecord<>(rig.topic(), new byte[1]),
          (metadata, failure) ->
              parking
                  .end(0, "a/0/0", new byte[1])
                  .whenComplete(
                      (offset, refused) -> {
                        if (refused == null) {
                          ended.complete(offset);
                        } else {
                          ended.completeExceptionally(refused);
                        }
                      }));
      assertThat(ended).succeedsWithin(Duration.ofSeconds(60));
    }
  }

  /** One life dies while it parks, the next while what is parked comes back. */
  @Test
  void restartWithParkedChanges(@TempDir Path directory) throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    int parked = 100 + random.nextInt(800);
    int back = 100 + random.nextInt(800);
    rig = new ApplyRig(broker, 2);
    rig.onFailure = SOON;
    rig.forgetDeadMembersAfter(Duration.ofSeconds(2));
    for (int number = 0; number < 100; number++) {
      rig.sendMany(20, 20);
      for (int bad = 0; bad < 10; bad++) {
        send("bad" + bad, number, number + 1);
      }
    }
    rig.producer.flush();
    Path first = directory.resolve("first");
    killAfter(
        DoomedApply.start(rig, first, "bad"), () -> rig.contents(rig.parking()).size() >= parked);
    assertThat(DoomedApply.taken(first)).isNotEmpty().noneMatch(id -> id.startsWith("bad"));
    Path second = directory.resolve("second");
    killAfter(DoomedApply.start(rig, second), () -> bad(DoomedApply.taken(second)).size() >= back);
    Set<String> wereParked = idsOf(rig.contents(rig.parking()));

    fail(target, Kind.TRANSIENT);
    ApplyRig.Member last = rig.start(target);
    rig.awaitCommitted();
    List<String> came = bad(DoomedApply.taken(second));
    // Straight from the topic the next one begins before it is written down that one is applied.
    long straight = came.stream().filter(id -> !wereParked.contains(id)).count();
    assertThat(last.apply.parked())
        .isBetween(1_000L - came.size(), 1_000L - came.size() + 10 + straight);
    broken.set(false);
    soon().until(() -> last.apply.parked() == 0);
    came.addAll(bad(target.ids()));
    for (int bad = 0; bad < 10; bad++) {
      String key = "bad" + bad;
      List<String> ofKey = came.stream().filter(id -> id.startsWith(key + "-")).toList();
      assertThat(ofKey.stream().distinct().toList()).isEqualTo(ids(key, 100));
      List<String> fromParking = ofKey.stream().filter(wereParked::contains).toList();
      assertThat(fromParking.size() - fromParking.stream().distinct().count())
          .as("what a kill repeats of a key that comes back from parking")
          .isLessThanOrEqualTo(1);
    }
    rig.stop(last);
    ApplyRig.Member after = rig.start(target);
    send("good", 0, 1);
    rig.awaitCommitted();
    assertThat(after.apply.parked()).as("what came back is ended").isZero();
  }

  /** Returns which changes were parked, whatever became of them. */
  private static Set<String> idsOf(List<ConsumerRecord<byte[], byte[]>> parked) {
    return parked.stream()
        .filter(one -> one.value() != null)
        .map(one -> new String(one.headers().lastHeader("ce_id").value(), UTF_8))
        .collect(Collectors.toSet());
  }

  private static void killAfter(Process doomed, Callable<Boolean> enough) throws Exception {
    try {
      soon().until(enough);
    } finally {
      doomed.destroyForcibly().waitFor();
    }
  }

  private static List<String> bad(List<String> ids) {
    return new ArrayList<>(ids.stream().filter(id -> id.startsWith("bad")).toList());
  }

  @Test
  void deadLetterAfterTries() {
    rig = new ApplyRig(broker, 1);
    rig.onFailure = new OnFailure.DeadLetter(3, Duration.ofDays(1));
    fail(target, Kind.TRANSIENT);
    send("bad", 0, 2);
    ApplyRig.Member member = rig.start(target);
    soon().until(() -> target.attempts() >= 5);
    assertThat(member.figures.deadLetteredCount())
        .as("a target that answers for nobody may be at fault itself")
        .isZero();
    passOthersUntil(() -> member.figures.deadLetteredCount() == 2);
    rig.awaitCommitted();
    assertThat(rig.contents(rig.deadLetters()))
        .allSatisfy(
            letter ->
                assertThat(new String(letter.headers().lastHeader("dl_attempts").value(), UTF_8))
                    .matches("[3-9]|[1-9][0-9]"));
    assertThat(member.apply.parked()).isZero();
  }

  @Test
  void deadLetterAfterATimeAndFromParkingMeanwhile() {
    rig = new ApplyRig(broker, 1);
    rig.onFailure = new OnFailure.DeadLetter(1_000_000, Duration.ofSeconds(2));
    fail(target, Kind.SCHEMA);
    send("bad", 0, 1);
    ApplyRig.Member member = rig.start(target);
    rig.awaitCommitted();
    assertThat(target.attempts()).isGreaterThan(1);
    assertThat(member.figures.deadLetteredCount()).isEqualTo(1);
    assertThat(member.conditions.present().state()).isEqualTo(FlowState.RUNNING);
  }

  @Test
  void aBlockedTargetMakesNoDeadLetterHoweverOftenItRefuses() {
    rig = new ApplyRig(broker, 1);
    rig.onFailure = new OnFailure.DeadLetter(1, Duration.ofMillis(1));
    fail(target, Kind.BLOCKED);
    send("bad", 0, 3);
    ApplyRig.Member member = rig.start(target);
    soon().until(() -> target.attempts() >= 3);
    broken.set(false);
    rig.awaitCommitted();
    assertThat(idsOf(target, "bad")).isEqualTo(ids("bad", 3));
    assertThat(member.figures.deadLetteredCount()).isZero();
    assertThat(rig.contents(rig.parking())).isEmpty();
  }

  @Test
  void skipIsCounted() {
    rig = new ApplyRig(broker, 1);
    rig.onFailure = new OnFailure.Skip(2, Duration.ofDays(1));
    target.conduct(
        change ->
            switch (change.key()) {
              case "bad" -> fails(Kind.TRANSIENT);
              case "poison" -> fails(Kind.POISON);
              default -> FakeTarget.done(change);
            });
    send("bad", 0, 2);
    send("poison", 0, 2);
    ApplyRig.Member member = rig.start(target);
    passOthersUntil(() -> member.figures.skippedCount() == 4);
    rig.awaitCommitted();
    assertThat(member.figures.deadLetteredCount()).isZero();
    assertThat(rig.contents(rig.deadLetters())).isEmpty();
    assertThat(rig.contents(rig.parking())).isEmpty();
  }

  @Test
  void aParkedChangeHoldsReplicatedUpToBack() {
    rig = new ApplyRig(broker, 1);
    rig.onFailure = SOON;
    fail(target, Kind.TRANSIENT);
    ApplyRig.Member member = rig.start(target);
    Instant before = ApplyRig.BEGIN.plusSeconds(10);
    Instant after = ApplyRig.BEGIN.plusSeconds(20);
    rig.beat(before);
    soon().until(() -> member.apply.replicatedUpTo().equals(Optional.of(before)));
    send("bad", 0, 3);
    rig.awaitCommitted();
    rig.beat(after);
    soon().until(() -> member.apply.passedUpTo().equals(Optional.of(after)));
    assertThat(member.apply.replicatedUpTo()).contains(before);
    assertThat(member.apply.pending(java.util.Map.of())).isEqualTo(3);
    rig.awaitCommitted();
    rig.stop(member);
    ApplyRig.Member next = rig.start(target);
    soon().until(() -> next.apply.parked() == 3);
    assertThat(next.apply.passedUpTo()).contains(after);
    assertThat(next.apply.replicatedUpTo()).as("over a restart").contains(before);
    broken.set(false);
    soon().until(() -> next.apply.replicatedUpTo().equals(Optional.of(after)));
    assertThat(idsOf(target, "bad")).isEqualTo(ids("bad", 3));
  }

  /** A replay writes into parking, while the flow runs, what is remembered as done. */
  @Test
  void aReplayedDeadLetterIsAppliedBeforeWhatComesAfterIt() {
    rig = new ApplyRig(broker, 1);
    target.conduct(
        change ->
            broken.get() && change.id().equals("bad-0")
                ? fails(Kind.POISON)
                : FakeTarget.done(change));
    ApplyRig.Member member = rig.start(target);
    send("bad", 0, 2);
    rig.awaitCommitted();
    assertThat(target.ids()).containsExactly("bad-1");
    broken.set(false);
    Change change = change("bad-0", "bad");
    Parked replay =
        Parked.of(
            Parked.DEAD_LETTER + "0/0",
            change.key().getBytes(UTF_8),
            change.payload(),
            WireFormat.encode(rig.flow, change, new Stamp(rig.incarnation, 1)),
            new Parked.Failure("replayed", 0, Instant.now(), Optional.empty()));
    for (int life = 1; life <= 2; life++) {
      var unused =
          rig.producer.send(
              new ProducerRecord<>(
                  rig.parking(),
                  0,
                  replay.recordKey(),
                  replay.recordValue(),
                  replay.recordHeaders()));
      int copies = life;
      soon().until(() -> target.ids().stream().filter("bad-0"::equals).count() == copies);
      soon().until(() -> member.apply.parked() == 0);
    }
    rig.stop(member);
    ApplyRig.Member next = rig.start(target);
    send("bad", 2, 3);
    rig.awaitCommitted();
    assertThat(next.apply.parked()).isZero();
    assertThat(target.ids()).containsExactly("bad-1", "bad-0", "bad-0", "bad-2");
  }
}
