package io.replicator.apply;

import static io.replicator.fixture.FakeSource.change;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.breaker.Breaker;
import io.replicator.breaker.GuardedApplier;
import io.replicator.breaker.Terms;
import io.replicator.fixture.FakeTarget;
import io.replicator.kafka.KafkaClients;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Change;
import io.replicator.model.Clocks;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import io.replicator.model.OnFailure;
import io.replicator.reading.Bounds;
import io.replicator.reading.Window;
import io.replicator.spi.Applier;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import io.replicator.timer.Timer;
import io.replicator.wire.Decoded;
import io.replicator.wire.Parked;
import io.replicator.wire.Stamp;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The patience with a target, step by step, without a broker. */
class TargetTest {
  private final Flow flow = Flow.parse("sqs/orders@us-east-1");
  private final FakeTarget store = new FakeTarget(true);
  private final Timer timer = new Timer(2);
  private final Figures figures = new Figures(InstantSource.system());
  private final Conditions conditions = new Conditions("test");
  private final MockProducer<byte[], byte[]> letters =
      new MockProducer<>(
          false, new RoundRobinPartitioner(), new ByteArraySerializer(), new ByteArraySerializer());

  /** What the pause says at each look; at the end it says no. */
  private final Queue<Boolean> looks = new ConcurrentLinkedQueue<>();

  private final List<Entry> given = new CopyOnWriteArrayList<>();

  /** How often a lane that may begin nothing had something to begin. */
  private final AtomicInteger held = new AtomicInteger();

  private final AtomicInteger opened = new AtomicInteger();
  private final Window window = new Window(Bounds.MOST);
  private final AtomicInteger pumped = new AtomicInteger();

  /** Those that begin by themselves what they have read. */
  private final List<Lane> lanes = new CopyOnWriteArrayList<>();

  private final Breaker breaker =
      new Breaker(
          "sqs/orders",
          "the bean",
          new Terms(50, 50, Duration.ofSeconds(5), 10, Duration.ofSeconds(3)));
  private final LocalWrites writes = new LocalWrites("", System::nanoTime);
  private Chain chain = chain(OnFailure.DEFAULT);
  private Target target = chain.target();

  private Chain chain(OnFailure onFailure) {
    return chain(onFailure, store.openApplier(flow.origin()));
  }

  private Chain chain(OnFailure onFailure, Applier applier) {
    return new Chain(
        flow,
        applier,
        onFailure,
        new DeadLetters("dead-letters", letters, InstantSource.system()),
        writes,
        new Parking("parking", letters, writes),
        new Journal("applied", new KafkaClients(Map.of(), "test"), letters, 100, writes),
        false,
        window,
        timer,
        Clocks.system(),
        figures,
        new Failing(conditions, List::of),
        conditions,
        () -> Boolean.TRUE.equals(looks.poll()),
        this::pump,
        opened::incrementAndGet);
  }

  private boolean pump() {
    pumped.incrementAndGet();
    boolean all = true;
    for (Lane lane : lanes) {
      all &= lane.pump();
    }
    return all;
  }

  /** Has a breaker stand before the store. */
  private void guard(OnFailure onFailure) {
    chain = chain(onFailure, new GuardedApplier(store.openApplier(flow.origin()), breaker));
    target = chain.target();
  }

  @AfterEach
  void close() {
    timer.close();
    store.close();
    letters.close();
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(20));
  }

  private static CompletableFuture<Applier.Outcome> fails(Kind kind) {
    return CompletableFuture.failedFuture(
        new ReplicationException(kind, "the store said no", "say please", null));
  }

  private List<String> finished() {
    return given.stream()
        .filter(entry -> entry.done)
        .map(entry -> ((Decoded.Captured) entry.decoded).change().id())
        .toList();
  }

  /** A lane that begins nothing again by itself. */
  private Lane lane() {
    return lane(false);
  }

  private Lane lane(boolean beginsAgain) {
    return lane(beginsAgain, window);
  }

  private Lane lane(boolean beginsAgain, Window window) {
    return new Lane(
        0,
        0,
        Instant.EPOCH,
        new Journal.Memory(Optional.empty(), new ArrayDeque<>()),
        new Bay(
            new ParkedKeys(window, System::nanoTime, UnaryOperator.identity()), new OwnWrites(0)),
        Optional.empty(),
        window,
        new Work() {
          @Override
          public void begin(Lane lane, Entry entry) {
            chain.delivery().begin(lane, entry);
          }

          @Override
          public boolean isOpen() {
            held.incrementAndGet();
            return beginsAgain && target.isOpen();
          }

          @Override
          public void duplicate(Entry entry) {
            chain.delivery().duplicate(entry);
          }

          @Override
          public void dropped(Entry entry) {
            chain.delivery().dropped(entry);
          }
        },
        Clocks.system());
  }

  private void apply(Lane lane, String id) {
    target.apply(lane, entry(0, id), change(id, id));
  }

  private Entry entry(long offset, String id) {
    Change change = change(id, id);
    Stamp stamp =
        new Stamp(Stamp.newIncarnation(Instant.EPOCH.plusSeconds(1), Stamp.newCapture()), 1);
    Entry entry =
        new Entry(
            new ConsumerRecord<>("t", 0, offset, new byte[0], change.payload()),
            new Decoded.Captured(change, stamp));
    given.add(entry);
    return entry;
  }

  /** Has a lane read some changes and begin them by itself. */
  private void read(Window window, List<String> ids) {
    Lane lane = lane(true, window);
    for (String id : ids) {
      lane.accept(entry(ids.indexOf(id), id));
    }
    lanes.add(lane);
    lane.pump();
  }

  @Test
  void aResumeWhileTheProbeLooksLeavesTheTargetProbed() {
    store.conduct(change -> store.attempts() == 1 ? fails(Kind.BLOCKED) : FakeTarget.done(change));
    // Paused when the probe looks first, and resumed the moment after.
    looks.add(true);
    apply(lane(true), "a-1");
    assertThat(target.isOpen()).isFalse();
    soon().until(() -> finished().equals(List.of("a-1")));
    soon().until(target::isOpen);
    assertThat(conditions.present().state()).isEqualTo(FlowState.RUNNING);
  }

  @Test
  void aTargetWhoseWaitingChangesWereAllGivenUpTriesTheNextNewOne() {
    store.conduct(change -> fails(Kind.BLOCKED));
    Lane given = lane();
    apply(given, "a-1");
    apply(given, "b-1");
    assertThat(conditions.present().state()).isEqualTo(FlowState.BLOCKED);
    given.stop();
    soon().until(() -> opened.get() == 1);
    assertThat(target.isOpen()).isTrue();
    assertThat(conditions.present().state()).isEqualTo(FlowState.RUNNING);
    assertThat(store.attempts()).as("a change of another's partition is not sent").isEqualTo(2);
    apply(lane(true), "c-1");
    store.conduct(FakeTarget::done);
    soon().until(() -> finished().equals(List.of("c-1")));
  }

  /** Calls of those that begin with "bad" are refused; returns when. */
  private List<Long> refuseBad(Kind kind) {
    List<Long> times = new CopyOnWriteArrayList<>();
    store.conduct(
        change -> {
          if (!change.id().startsWith("bad")) {
            return FakeTarget.done(change);
          }
          times.add(System.nanoTime());
          return fails(kind);
        });
    return times;
  }

  @Test
  void whatIsRefusedWhileOthersAreAnsweredWaitsByItselfAndTheyGoOn() {
    List<Long> times = refuseBad(Kind.BLOCKED);
    apply(lane(), "good-1");
    apply(lane(true), "bad-1");
    soon()
        .until(
            () -> {
              assertThat(target.isOpen()).isTrue();
              apply(lane(), "good-2");
              return times.size() == 3;
            });
    assertThat(Duration.ofNanos(times.get(2) - times.get(1))).isGreaterThan(Duration.ofMillis(790));
    assertThat(conditions.present().state()).isEqualTo(FlowState.BLOCKED);
    assertThat(conditions.present().reason()).isEqualTo("the store said no");
    assertThat(opened.get()).as("there was no outage to recover from").isZero();
    assertThat(letters.history()).isEmpty();
  }

  /** In a quiet flow, whose target answered for another long before. */
  @Test
  void theFirstThatIsRefusedInAnOutageIsNotTakenForTheOnlyOne() {
    apply(lane(), "good-1");
    List<Long> times = refuseBad(Kind.BLOCKED);
    apply(lane(true), "bad-1");
    assertThat(conditions.present().state()).isEqualTo(FlowState.BLOCKED);
    soon().until(() -> !target.isOpen());
    assertThat(times).hasSizeGreaterThan(1);
    store.conduct(FakeTarget::done);
    soon().until(() -> finished().equals(List.of("good-1", "bad-1")));
    assertThat(target.isOpen()).isTrue();
    assertThat(conditions.present().state()).isEqualTo(FlowState.RUNNING);
  }

  @Test
  void aTargetThatRefusedForAMomentNeedsNoTimeToRecover() {
    List<Long> times = refuseBad(Kind.BLOCKED);
    apply(lane(true), "bad-1");
    assertThat(target.isOpen()).as("nothing shows that it is the only one").isFalse();
    apply(lane(), "good-1");
    soon().until(() -> pumped.get() > 0);
    assertThat(target.isOpen()).isTrue();
    soon().until(() -> times.size() == 2);
    assertThat(Duration.ofNanos(times.get(1) - times.get(0))).isGreaterThan(Duration.ofMillis(500));
    assertThat(opened.get()).isZero();
    assertThat(target.isOpen()).as("by now it does").isTrue();
  }

  @Test
  void noTryIsBlamedOnAChangeWhileTheTargetAnswersForNoOther() {
    chain = chain(new OnFailure.DeadLetter(3, Duration.ofMinutes(10)));
    target = chain.target();
    CompletableFuture<Applier.Outcome> late = new CompletableFuture<>();
    List<Long> times = new CopyOnWriteArrayList<>();
    store.conduct(
        change -> {
          if (change.id().equals("late")) {
            return late;
          }
          times.add(System.nanoTime());
          return fails(Kind.TRANSIENT);
        });
    apply(lane(), "late");
    apply(lane(true), "bad-1");
    late.complete(Applier.Outcome.APPLIED);
    soon().until(() -> times.size() == 6);
    assertThat(letters.history()).isEmpty();
    refuseBad(Kind.TRANSIENT);
    soon()
        .until(
            () -> {
              apply(lane(), "good");
              return !letters.history().isEmpty();
            });
  }

  /** A capture reads a backlog back that was applied before, while the target takes no writes. */
  @Test
  void noTryIsBlamedOnAChangeWhileOnlyCopiesAreAnswered() {
    guard(new OnFailure.DeadLetter(3, Duration.ofMinutes(10)));
    AtomicInteger tries = new AtomicInteger();
    store.conduct(
        change -> {
          if (change.id().equals("copy")) {
            return CompletableFuture.completedFuture(Applier.Outcome.DUPLICATE);
          }
          tries.incrementAndGet();
          return fails(Kind.TRANSIENT);
        });
    apply(lane(true), "new");
    soon()
        .until(
            () -> {
              apply(lane(), "copy");
              return tries.get() == 6;
            });
    assertThat(letters.history()).isEmpty();
  }

  @Test
  void copiesDoNotOpenATargetThatRefusesNorAreTheyWaitedForOneByOne() {
    guard(OnFailure.DEFAULT);
    List<FlowState> states = new CopyOnWriteArrayList<>();
    store.conduct(
        change -> {
          if (change.id().startsWith("copy")) {
            states.add(conditions.present().state());
            return CompletableFuture.completedFuture(Applier.Outcome.DUPLICATE);
          }
          return change.id().equals("bad") ? fails(Kind.BLOCKED) : FakeTarget.done(change);
        });
    List<String> ids = new ArrayList<>(List.of("bad"));
    IntStream.range(0, 100).forEach(number -> ids.add("copy-" + number));
    ids.add("good");
    read(window, ids);
    soon().until(() -> finished().contains("good"));
    assertThat(states).hasSize(100).containsOnly(FlowState.BLOCKED);
    soon().until(target::isOpen);
  }

  /** As those of a table without GRANT, in a keyspace with others. */
  @Test
  void manyThatAreRefusedAloneShutNeitherTheTargetNorItsBreakerForOthers() {
    guard(OnFailure.DEFAULT);
    List<Long> times = refuseBad(Kind.BLOCKED);
    Lane bad = lane(true);
    for (int number = 0; number < 100; number++) {
      apply(lane(), "good");
      apply(bad, "bad-" + number);
    }
    apply(lane(), "good");
    // Others are silent from now on.
    soon()
        .until(
            () -> {
              assertThat(target.isOpen()).isTrue();
              assertThat(breaker.state()).isEqualTo("CLOSED");
              return times.size() >= 300;
            });
    apply(lane(), "late");
    assertThat(finished()).contains("late");
  }

  @Test
  void whatIsBehindMoreRefusedOnesThanMayBeUnderWayIsTried() {
    refuseBad(Kind.BLOCKED);
    read(new Window(new Bounds(2, 10_000, 2)), List.of("bad-1", "bad-2", "good"));
    assertThat(target.isOpen()).isFalse();
    soon().until(() -> finished().contains("good"));
  }

  @Test
  void whatTheBreakerLetNotPassIsTheNextToBeTried() {
    guard(OnFailure.DEFAULT);
    breaker.forceOpen();
    read(window, List.of("a", "b"));
    assertThat(conditions.present().state()).isEqualTo(FlowState.OPEN);
    breaker.automatic();
    soon().until(() -> finished().equals(List.of("a", "b")));
    assertThat(conditions.present().state()).isEqualTo(FlowState.RUNNING);
    assertThat(store.ids()).containsExactly("a", "b");
  }

  @Test
  void whatFailsInPassingIsTriedWithoutEndAfterGrowingPausesAndShownMeanwhile() {
    AtomicInteger calls = new AtomicInteger();
    List<Long> times = new CopyOnWriteArrayList<>();
    store.conduct(
        change -> {
          times.add(System.nanoTime());
          return calls.incrementAndGet() <= 6 ? fails(Kind.TRANSIENT) : FakeTarget.done(change);
        });
    apply(lane(true), "a-1");
    soon().until(() -> conditions.present().state() == FlowState.BLOCKED);
    assertThat(calls.get()).isBetween(5, 6);
    assertThat(target.isOpen()).as("other keys go on").isTrue();
    soon().until(() -> finished().equals(List.of("a-1")));
    assertThat(conditions.present().state()).isEqualTo(FlowState.RUNNING);
    assertThat(figures.retriedCount()).isEqualTo(6);
    assertThat(letters.history()).isEmpty();
    // 0.8 s to 1.6 s between the last two, as against 0.05 s to 0.1 s between the first.
    assertThat(Duration.ofNanos(times.get(6) - times.get(5))).isGreaterThan(Duration.ofMillis(790));
  }

  @Test
  void aChangeOfANewerFormatWaitsForAnUpgradeAndOthersGoOn() {
    store.conduct(
        change -> change.id().equals("a-1") ? fails(Kind.NEWER) : FakeTarget.done(change));
    Lane lane = lane();
    apply(lane, "a-1");
    assertThat(conditions.present().state()).isEqualTo(FlowState.NEEDS_UPGRADE);
    apply(lane, "b-1");
    assertThat(finished()).containsExactly("b-1");
    assertThat(conditions.present().state()).isEqualTo(FlowState.NEEDS_UPGRADE);
    assertThat(target.isOpen()).isTrue();
    assertThat(letters.history()).isEmpty();
    chain.close();
    assertThat(conditions.present().state()).isEqualTo(FlowState.RUNNING);
  }

  /** The flow is paused, so that it may not begin again before its partition is another's. */
  @Test
  void whatWaitsForAnUpgradeIsForgottenWithItsPartition() {
    store.conduct(change -> fails(Kind.NEWER));
    Lane lane = lane();
    apply(lane, "a-1");
    soon().until(() -> held.get() > 0);
    assertThat(conditions.present().state()).isEqualTo(FlowState.NEEDS_UPGRADE);
    lane.stop();
    lane.clear();
    assertThat(conditions.present().state()).isEqualTo(FlowState.RUNNING);
  }

  /** As where an operator has a dead letter of its key tried again meanwhile. */
  @Test
  void whatWaitedByItselfIsShownNoMoreOnceItFollowsAnotherOfItsKeyIntoParking() {
    store.conduct(change -> fails(Kind.SCHEMA));
    Lane lane = lane(true);
    apply(lane, "a-1");
    soon().until(() -> conditions.present().state() == FlowState.WAITING_FOR_SCHEMA);
    String key = ((Decoded.Captured) given.get(0).decoded).change().key();
    Parked.Failure replayed = new Parked.Failure("", 0, Instant.EPOCH, Optional.empty());
    lane.bay().keys().add(key, 0, -1, replayed, null);
    soon().until(letters::completeNext);
    soon().until(() -> finished().equals(List.of("a-1")));
    assertThat(conditions.present().state()).isEqualTo(FlowState.RUNNING);
  }

  /** As where an operator has its dead letter tried again, under the same id. */
  @Test
  void whatWaitedByItselfIsShownNoMoreOnceItPassesAsHadBefore() {
    store.conduct(change -> fails(Kind.SCHEMA));
    Lane lane = lane();
    Entry entry = entry(0, "a-1");
    target.apply(lane, entry, change("a-1", "a-1"));
    assertThat(conditions.present().state()).isEqualTo(FlowState.WAITING_FOR_SCHEMA);
    chain.delivery().duplicate(entry);
    assertThat(conditions.present().state()).isEqualTo(FlowState.RUNNING);
  }

  @Test
  void aFatalFailureStopsTheFlowForGoodAndBlamesNoChange() {
    store.conduct(
        change -> change.id().equals("a-1") ? fails(Kind.FATAL) : FakeTarget.done(change));
    apply(lane(), "a-1");
    assertThat(conditions.present().state()).isEqualTo(FlowState.FAILED);
    // What was under way meanwhile may end well: that does not open the target.
    apply(lane(), "b-1");
    assertThat(finished()).containsExactly("b-1");
    assertThat(target.isOpen()).isFalse();
    assertThat(conditions.present().state()).isEqualTo(FlowState.FAILED);
    assertThat(letters.history()).isEmpty();
  }

  @Test
  void aChangeIsDoneOnlyOnceItsDeadLetterIsDurable() {
    store.conduct(change -> fails(Kind.POISON));
    apply(lane(), "a-1");
    assertThat(letters.history()).hasSize(1);
    assertThat(letters.errorNext(new NotEnoughReplicasException("no"))).isTrue();
    soon().until(() -> letters.history().size() == 2);
    assertThat(finished()).isEmpty();
    assertThat(figures.deadLetteredCount()).isZero();
    assertThat(letters.completeNext()).isTrue();
    assertThat(finished()).containsExactly("a-1");
    assertThat(figures.deadLetteredCount()).isEqualTo(1);
  }
}
