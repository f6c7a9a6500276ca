package io.replicator.apply;

import static io.replicator.fixture.FakeSource.change;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.fixture.FakeTarget;
import io.replicator.fixture.KafkaBroker;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Change;
import io.replicator.model.FlowState;
import io.replicator.reading.Bounds;
import io.replicator.reading.Hearing;
import io.replicator.reading.Tail;
import io.replicator.spi.Applier;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import io.replicator.wire.Forgery;
import io.replicator.wire.Stamp;
import io.replicator.wire.WireFormat;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

@Execution(ExecutionMode.CONCURRENT)
class ApplyTest {
  private static KafkaBroker broker;
  private ApplyRig rig;
  private final FakeTarget target = new FakeTarget(false);

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
    return await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(50));
  }

  private static CompletableFuture<Applier.Outcome> fails(Kind kind) {
    return CompletableFuture.failedFuture(
        new ReplicationException(kind, "the store said no", "say please", null));
  }

  private static void awaitState(ApplyRig.Member member, FlowState state) {
    soon().until(() -> member.conditions.present().state() == state);
  }

  @Test
  void keysRunInParallelEachInOrderAndNoMoreThanTheWindowAtOnce() {
    rig = new ApplyRig(broker, 3);
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    target.delays(seed, 20);
    rig.sendMany(12_000, 2_000);
    rig.start(target);
    rig.awaitCommitted();
    assertThat(target.ids()).hasSize(12_000).doesNotHaveDuplicates();
    assertThat(ApplyRig.outOfOrder(target.applied())).isEmpty();
    assertThat(target.mostUnderWay()).isBetween(50, Bounds.MOST.active());
  }

  @Test
  void anOffsetIsCommittedAndProgressToldOnlyWhenEverythingBeforeIsDone() {
    rig = new ApplyRig(broker, 1);
    CompletableFuture<Applier.Outcome> stuck = new CompletableFuture<>();
    target.conduct(change -> change.id().equals("k5-0") ? stuck : FakeTarget.done(change));
    rig.sendMany(50, 50);
    rig.beat(ApplyRig.BEGIN.plusSeconds(60));
    ApplyRig.Member member = rig.start(target);
    soon().until(() -> target.ids().size() == 49 && rig.committed(0) == 5);
    await().during(Duration.ofSeconds(2)).until(() -> rig.committed(0) == 5);
    assertThat(member.apply.replicatedUpTo()).isEmpty();
    stuck.complete(Applier.Outcome.APPLIED);
    rig.awaitCommitted();
    assertThat(member.apply.replicatedUpTo()).contains(ApplyRig.BEGIN.plusSeconds(60));
  }

  @Test
  void anIdleFlowAdvancesWithItsHeartbeats() {
    rig = new ApplyRig(broker, 3);
    ApplyRig.Member member = rig.start(target);
    for (int second = 1; second <= 3; second++) {
      Instant upTo = ApplyRig.BEGIN.plusSeconds(second);
      rig.beat(upTo);
      soon().until(() -> member.apply.replicatedUpTo().equals(Optional.of(upTo)));
    }
  }

  @Test
  void aPoisonedChangeBecomesADeadLetterAndTheRestGoesOn() {
    rig = new ApplyRig(broker, 1);
    target.conduct(
        change -> change.id().equals("k1-1") ? fails(Kind.POISON) : FakeTarget.done(change));
    rig.sendMany(40, 4);
    ApplyRig.Member member = rig.start(target);
    rig.awaitCommitted();
    assertThat(target.ids()).hasSize(39).doesNotContain("k1-1").contains("k1-2");
    var letters = rig.contents(rig.deadLetters());
    assertThat(letters).hasSize(1);
    Headers headers = letters.get(0).headers();
    assertThat(new String(letters.get(0).value(), UTF_8)).isEqualTo("payload of k1-1");
    assertThat(new String(letters.get(0).key(), UTF_8)).isEqualTo("k1");
    assertThat(new String(headers.lastHeader("dl_reason").value(), UTF_8))
        .contains("the store said no");
    assertThat(new String(headers.lastHeader("ce_id").value(), UTF_8)).isEqualTo("k1-1");
    assertThat(member.figures.deadLetteredCount()).isEqualTo(1);
  }

  @Test
  void garbageBecomesADeadLetterAndTheRestGoesOn() {
    rig = new ApplyRig(broker, 1);
    rig.send(change("a-1", "a"));
    rig.raw(0, null, "garbage".getBytes(UTF_8), new RecordHeaders());
    Headers damaged = WireFormat.encode(rig.flow, change("a-2", "a"), new Stamp("x-y", 1));
    rig.raw(0, "a".getBytes(UTF_8), "other payload".getBytes(UTF_8), damaged);
    rig.send(change("a-3", "a"));
    rig.start(target);
    rig.awaitCommitted();
    assertThat(target.ids()).containsExactly("a-1", "a-3");
    assertThat(rig.contents(rig.deadLetters()))
        .extracting(letter -> new String(letter.value(), UTF_8))
        .containsExactlyInAnyOrder("garbage", "other payload");
  }

  @Test
  void behindANewerFormatNothingIsAppliedAndOtherPartitionsGoOn() {
    rig = new ApplyRig(broker, 2);
    rig.send(change("a-1", "a"), 0, 1);
    Headers newer = WireFormat.encode(rig.flow, change("a-2", "a"), new Stamp("x-y", 1));
    newer.remove("ce_format");
    newer.add("ce_format", "2".getBytes(UTF_8));
    rig.raw(0, "a".getBytes(UTF_8), new byte[0], newer);
    rig.send(change("a-3", "a"), 0, 2);
    ApplyRig.Member member = rig.start(target);
    awaitState(member, FlowState.NEEDS_UPGRADE);
    rig.send(change("b-1", "b"), 1, 1);
    soon().until(() -> rig.committed(1) == 1 && rig.committed(0) == 1);
    assertThat(target.ids()).containsExactly("a-1", "b-1");
    assertThat(rig.contents(rig.deadLetters())).isEmpty();
    rig.stop(member);
    assertThat(rig.committed(0)).isEqualTo(1);
  }

  @Test
  void aBlockedTargetBeginsNothingNewBlamesNoChangeAndRecoversByItself() {
    rig = new ApplyRig(broker, 2);
    AtomicBoolean blocked = new AtomicBoolean(true);
    target.conduct(change -> blocked.get() ? fails(Kind.BLOCKED) : FakeTarget.done(change));
    rig.sendMany(2_000, 1_000);
    ApplyRig.Member member = rig.start(target);
    awaitState(member, FlowState.BLOCKED);
    await().during(Duration.ofSeconds(3)).until(() -> target.attempts() <= 5);
    blocked.set(false);
    await().atMost(Duration.ofSeconds(20)).until(() -> target.ids().size() == 2_000);
    assertThat(ApplyRig.outOfOrder(target.applied())).isEmpty();
    assertThat(member.figures.deadLetteredCount()).isZero();
    awaitState(member, FlowState.RUNNING);
    rig.awaitCommitted();
  }

  @Test
  void aBlockedPartitionGivenUpLeavesNothingStranded() {
    rig = new ApplyRig(broker, 2);
    AtomicBoolean blocked = new AtomicBoolean(true);
    target.conduct(change -> blocked.get() ? fails(Kind.BLOCKED) : FakeTarget.done(change));
    rig.send(change("a-1", "a"), 0, 1);
    rig.send(change("b-1", "b"), 1, 1);
    ApplyRig.Member first = rig.start(target);
    awaitState(first, FlowState.BLOCKED);
    FakeTarget other = new FakeTarget(false);
    ApplyRig.Member second = rig.start(other);
    soon().until(() -> other.ids().size() == 1);
    rig.stop(second);
    blocked.set(false);
    rig.send(change("a-2", "a"), 0, 2);
    rig.send(change("b-2", "b"), 1, 2);
    rig.awaitCommitted();
    assertThat(target.ids().size() + other.ids().size()).isEqualTo(4);
    awaitState(first, FlowState.RUNNING);
  }

  @Test
  void whatFailsInPassingIsTriedAgainInOrder() {
    rig = new ApplyRig(broker, 2);
    AtomicInteger calls = new AtomicInteger();
    target.conduct(
        change -> {
          int call = calls.incrementAndGet();
          if (call % 7 == 0) {
            throw new IllegalStateException("thrown, not returned");
          }
          return call % 3 == 0 ? fails(Kind.TRANSIENT) : FakeTarget.done(change);
        });
    rig.sendMany(500, 50);
    ApplyRig.Member member = rig.start(target);
    rig.awaitCommitted();
    assertThat(target.ids()).hasSize(500).doesNotHaveDuplicates();
    assertThat(ApplyRig.outOfOrder(target.applied())).isEmpty();
    assertThat(member.figures.retriedCount()).isPositive();
    assertThat(rig.contents(rig.deadLetters())).isEmpty();
  }

  @Test
  void aJournalThatCannotBeWrittenBlocksTheFlowAndIsNamed() throws Exception {
    rig = new ApplyRig(broker, 1);
    ApplyRig.Member member = rig.start(target);
    rig.sendMany(10, 10);
    rig.awaitCommitted();
    String journal = TopicNames.applied(ApplyRig.HERE, rig.flow);
    rig.allowRecordsOf(journal, "1");
    rig.sendMany(10, 10);
    soon()
        .until(
            () -> {
              member.apply.watch(Hearing.Origin.RUNS);
              return member.conditions.present().state() == FlowState.BLOCKED;
            });
    assertThat(member.conditions.present().reason()).contains(journal + "-0");
    rig.allowRecordsOf(journal, "1000000");
    rig.awaitCommitted();
    member.apply.watch(Hearing.Origin.RUNS);
    assertThat(member.conditions.present().state()).isEqualTo(FlowState.RUNNING);
  }

  @Test
  void pauseStopsAndResumeGoesOn() {
    rig = new ApplyRig(broker, 2);
    ApplyRig.Member member = rig.start(target);
    member.apply.setPaused(true);
    rig.sendMany(100, 10);
    await().during(Duration.ofSeconds(3)).until(() -> target.attempts() == 0);
    member.apply.setPaused(false);
    rig.awaitCommitted();
    assertThat(target.ids()).hasSize(100);
  }

  @Test
  void aHoleInTheNumbersShowsUntilItIsAcceptedAlsoOverRestarts() {
    rig = new ApplyRig(broker, 1);
    rig.send(change("a-1", "a"), 0, 1);
    rig.send(change("a-4", "a"), 0, 4);
    ApplyRig.Member first = rig.start(target);
    awaitState(first, FlowState.DEGRADED);
    assertThat(first.conditions.present().reason()).contains("2 changes");
    rig.awaitCommitted();
    rig.stop(first);
    ApplyRig.Member second = rig.start(target);
    awaitState(second, FlowState.DEGRADED);
    second.apply.acceptGap();
    assertThat(second.conditions.present().state()).isEqualTo(FlowState.RUNNING);
    rig.stop(second);
    ApplyRig.Member third = rig.start(target);
    rig.send(change("a-5", "a"), 0, 5);
    rig.awaitCommitted();
    assertThat(third.conditions.present().state()).isEqualTo(FlowState.RUNNING);
    assertThat(target.ids()).containsExactly("a-1", "a-4", "a-5");
  }

  @Test
  void aTopicCreatedAnewShowsUntilItIsAcceptedAlsoOverRestarts() {
    rig = new ApplyRig(broker, 1);
    ApplyRig.Member first = rig.start(target);
    rig.beat(0, 0, ApplyRig.BEGIN, "topic-1");
    rig.beat(0, 0, ApplyRig.BEGIN.plusSeconds(1), "topic-2");
    awaitState(first, FlowState.DEGRADED);
    rig.stop(first);
    ApplyRig.Member second = rig.start(target);
    rig.beat(0, 0, ApplyRig.BEGIN.plusSeconds(2), "topic-2");
    awaitState(second, FlowState.DEGRADED);
    second.apply.acceptGap();
    awaitState(second, FlowState.RUNNING);
  }

  @Test
  void aTopicCreatedAnewHereUnderARunningMemberShowsAndItsChangesAreApplied() throws Exception {
    rig = new ApplyRig(broker, 1);
    rig.sendMany(100, 10);
    ApplyRig.Member member = rig.start(target);
    rig.awaitCommitted();
    rig.recreateTopic();
    rig.reincarnate();
    rig.send(change("new-1", "new"));
    awaitState(member, FlowState.DEGRADED);
    assertThat(member.conditions.present().reason()).contains("created anew");
    assertThat(member.conditions.present().hint()).contains("us-east-1");
    soon().until(() -> target.ids().contains("new-1"));
    assertThat(target.attempts()).isEqualTo(101);
  }

  @Test
  void aRecordWithAnOddIncarnationIsADeadLetterAndNoLineOfTheJournal() {
    rig = new ApplyRig(broker, 1);
    byte[] key = "a".getBytes(UTF_8);
    rig.send(change("a-1", "a"));
    for (String name : List.of("x 7 forged\nS {}", "x 7", "")) {
      Change odd = change("odd-1", "a");
      Headers genuine = WireFormat.encode(rig.flow, odd, new Stamp("x-y", 1));
      rig.raw(
          0, key, odd.payload(), Forgery.of(genuine, key, odd.payload(), "ce_incarnation", name));
    }
    rig.send(change("a-2", "a"));
    ApplyRig.Member member = rig.start(target);
    rig.awaitCommitted();
    assertThat(target.ids()).containsExactly("a-1", "a-2");
    assertThat(rig.contents(rig.deadLetters())).hasSize(3);
    assertThat(rig.contents(TopicNames.applied(ApplyRig.HERE, rig.flow)))
        .extracting(line -> new String(line.value(), UTF_8))
        .isNotEmpty()
        .noneMatch(line -> line.contains("odd-1"))
        .noneMatch(line -> line.contains("x 7"));
    rig.stop(member);
    rig.send(change("a-3", "a"));
    rig.start(target);
    rig.awaitCommitted();
    assertThat(target.ids()).containsExactly("a-1", "a-2", "a-3");
  }

  @Test
  void aLostTailShowsAndItsLateArrivalMendsIt() {
    rig = new ApplyRig(broker, 1);
    rig.send(change("a-1", "a"), 0, 1);
    rig.beat(0, 2, ApplyRig.BEGIN, "topic-1");
    ApplyRig.Member member = rig.start(target);
    awaitState(member, FlowState.DEGRADED);
    rig.send(change("a-2", "a"), 0, 2);
    awaitState(member, FlowState.RUNNING);
    assertThat(target.ids()).containsExactly("a-1", "a-2");
  }

  @Test
  void theLastChangesOfAnEndedIncarnationShowOnceTheNextOneSpeaksAndStayOverARestart() {
    rig = new ApplyRig(broker, 1);
    ApplyRig.Member first = rig.start(target);
    rig.send(change("a-1", "a"), 0, 1);
    rig.awaitCommitted();
    String ended = rig.incarnation;
    rig.reincarnate();
    rig.tails = List.of(new Tail(ended, List.of(4L), rig.incarnation));
    await()
        .during(Duration.ofSeconds(3))
        .until(() -> first.conditions.present().state() == FlowState.RUNNING);
    rig.beat(0, 0, ApplyRig.BEGIN, "topic-1");
    awaitState(first, FlowState.DEGRADED);
    assertThat(first.conditions.present().reason()).contains("3 changes");
    assertThat(first.apply.pending(Map.of(ended, new long[] {4}))).isZero();
    rig.stop(first);
    rig.tails = List.of();
    ApplyRig.Member second = rig.start(target);
    awaitState(second, FlowState.DEGRADED);
    second.apply.acceptGap();
    rig.tails = List.of(new Tail(ended, List.of(4L), rig.incarnation));
    rig.send(change("b-1", "b"), 0, 1);
    rig.awaitCommitted();
    await()
        .during(Duration.ofSeconds(3))
        .until(() -> second.conditions.present().state() == FlowState.RUNNING);
  }

  @Test
  void twoMembersShareThePartitionsAndNothingIsLostOrReorderedWhenOneLeaves() {
    rig = new ApplyRig(broker, 6);
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    target.delays(seed, 10);
    ApplyRig.Member first = rig.start(target);
    rig.sendMany(3_000, 300);
    ApplyRig.Member second = rig.start(target);
    for (int i = 3_000; i < 6_000; i++) {
      String key = "k" + i % 300;
      rig.send(change(key + "-" + i / 300, key));
      if (i == 4_500) {
        soon().until(() -> second.apply.replicatedUpTo().isEmpty());
      }
    }
    rig.awaitCommitted();
    for (int i = 6_000; i < 9_000; i++) {
      String key = "k" + i % 300;
      rig.send(change(key + "-" + i / 300, key));
    }
    soon().until(() -> second.figures.appliedCount() > 50);
    rig.stop(first);
    rig.awaitCommitted();
    assertThat(first.figures.appliedCount()).isPositive();
    assertThat(target.ids()).hasSize(9_000).doesNotHaveDuplicates();
    assertThat(ApplyRig.outOfOrder(target.applied())).isEmpty();
  }

  @Test
  void whatIsUnderWayEndsBeforeItsPartitionChangesHands() {
    rig = new ApplyRig(broker, 2);
    CompletableFuture<Applier.Outcome> answer = new CompletableFuture<>();
    target.conduct(change -> answer.thenApply(outcome -> outcome));
    rig.start(target);
    rig.sendMany(40, 20);
    soon().until(() -> target.attempts() == 20);
    try (FakeTarget other = new FakeTarget(false)) {
      rig.start(other);
      await()
          .during(Duration.ofSeconds(6))
          .atMost(Duration.ofSeconds(8))
          .until(() -> other.ids().isEmpty());
      answer.complete(Applier.Outcome.APPLIED);
      rig.awaitCommitted();
      List<String> all = new ArrayList<>(target.ids());
      all.addAll(other.ids());
      assertThat(all).hasSize(40).doesNotHaveDuplicates();
    }
  }

  @Test
  void whatWaitsForItsNextTryIsLetGoOfWithItsPartition() {
    rig = new ApplyRig(broker, 2);
    AtomicBoolean failing = new AtomicBoolean(true);
    target.conduct(change -> failing.get() ? fails(Kind.TRANSIENT) : FakeTarget.done(change));
    ApplyRig.Member first = rig.start(target);
    rig.sendMany(200, 20);
    soon().until(() -> target.attempts() > 40);
    try (FakeTarget other = new FakeTarget(false)) {
      rig.start(other);
      soon().until(() -> !other.ids().isEmpty());
      failing.set(false);
      rig.awaitCommitted();
      HashSet<String> both = new HashSet<>(target.ids());
      both.retainAll(other.ids());
      assertThat(both).isEmpty();
      assertThat(target.ids().size() + other.ids().size()).isEqualTo(200);
      List<Change> all = new ArrayList<>(other.applied());
      all.addAll(target.applied());
      assertThat(ApplyRig.outOfOrder(all)).isEmpty();
    }
    awaitState(first, FlowState.RUNNING);
  }
}
