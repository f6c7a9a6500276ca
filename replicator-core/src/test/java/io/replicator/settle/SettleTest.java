package io.replicator.settle;

import static io.replicator.settle.SettleRig.EAST;
import static io.replicator.settle.SettleRig.WEST;
import static io.replicator.settle.SettleRig.soon;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.fixture.KafkaBroker;
import io.replicator.kafka.TopicNames;
import io.replicator.lag.Figures;
import io.replicator.model.Change.Kind;
import io.replicator.model.FlowState;
import io.replicator.model.Hint;
import io.replicator.model.OnFailure;
import io.replicator.model.Region;
import io.replicator.reading.Bounds;
import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The settle station on a real broker, two regions of it. */
@Execution(ExecutionMode.CONCURRENT)
class SettleTest {
  private static KafkaBroker broker;
  private SettleRig rig;

  @BeforeAll
  static void startBroker() {
    broker = KafkaBroker.started();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @BeforeEach
  void open() {
    rig = new SettleRig(broker);
  }

  @AfterEach
  void close() {
    rig.close();
  }

  @Test
  void writesOverwritesAndDeletesArriveInTheOtherRegionAndTravelNoFurther() {
    rig.start();
    rig.east().write("a", "one");
    rig.west().write("b", "two");
    soon().until(() -> rig.west().text("a").isPresent() && rig.east().text("b").isPresent());
    rig.west().write("a", "over the replica");
    rig.east().remove("b");
    soon().until(() -> rig.east().text("a").orElse("").equals("over the replica"));
    soon().until(() -> rig.west().text("b").isEmpty());
    rig.awaitEqual();
    assertThat(rig.told(EAST).stream().map(it -> it.change().key() + it.change().kind()))
        .containsExactlyInAnyOrder("aUPSERT", "bDELETE");
    assertThat(rig.told(WEST).stream().map(it -> it.change().key() + it.change().kind()))
        .containsExactlyInAnyOrder("aUPSERT", "bUPSERT");
  }

  @Test
  void whatWasWrittenWhileNoAgentRanArrivesByItsNotification() {
    rig.start(WEST);
    rig.east().write("early", "bird");
    rig.start(EAST);
    soon().until(() -> rig.west().text("early").isPresent());
  }

  @Test
  void theTwoSidesAreEqualAfterConcurrentWritesToFewKeys() {
    long seed = Long.getLong("replicator.settle.seed", System.nanoTime());
    System.out.println("-Dreplicator.settle.seed=" + seed);
    Random random = new Random(seed);
    rig.start();
    for (int i = 0; i < 400; i++) {
      var bucket = random.nextBoolean() ? rig.east() : rig.west();
      String key = "k" + random.nextInt(4);
      if (random.nextInt(3) == 0) {
        bucket.remove(key);
      } else {
        bucket.write(key, "v" + i);
      }
    }
    rig.awaitEqual();
  }

  @Test
  void aHandOverBetweenAgentsLosesNothing() {
    rig.start();
    SettleRig.Agent second = rig.start(EAST);
    for (int i = 0; i < 60; i++) {
      rig.east().write("k" + i, "v" + i);
      if (i == 30) {
        second.close();
      }
    }
    soon().until(() -> rig.west().keys().size() == 60);
    rig.awaitEqual();
    assertThat(rig.told(WEST)).isEmpty();
  }

  @Test
  void aConflictIsCountedAndKept() {
    rig.start(EAST);
    rig.east().write("k", "east");
    soon().until(() -> rig.told(EAST).size() == 1);
    rig.west().write("k", "west");
    rig.start(WEST);
    rig.awaitEqual();
    soon()
        .untilAsserted(
            () ->
                assertThat(
                        rig.records(TopicNames.conflicts(WEST)).stream()
                            .map(record -> new String(record.value(), UTF_8))
                            .filter(text -> text.contains(rig.resource.toString())))
                    .isNotEmpty());
    assertThat(
            rig.agents.stream()
                .flatMap(agent -> agent.figures.values().stream())
                .mapToLong(figures -> figures.conflictCount())
                .sum())
        .isGreaterThan(0);
  }

  @Test
  void anEmptiedBucketTakesNothingAwayElsewhereUntilTheOperatorSaysSo() {
    rig.start();
    for (int i = 0; i < 10; i++) {
      rig.east().write("k" + i, "v");
    }
    soon().until(() -> rig.west().keys().size() == 10);
    rig.awaitEqual();
    rig.east().empty();
    rig.west().write("k1", "a change that makes the other side look");
    rig.awaitState(EAST, EAST, FlowState.BLOCKED);
    assertThat(rig.agent(EAST).condition(EAST).reason()).contains(rig.east().identityName());
    assertThat(rig.agent(EAST).condition(EAST).hint())
        .contains("receive-only", "rename", "accept-gap");
    assertThat(rig.told(EAST).stream().filter(it -> it.change().kind() == Kind.DELETE)).isEmpty();
    assertThat(rig.west().keys()).hasSize(10);
    rig.agent(EAST).settle.accept();
    soon().until(() -> rig.east().text("k1").isPresent());
    rig.awaitState(EAST, EAST, FlowState.RUNNING);
  }

  @Test
  void whatAnEmptiedBucketHeldComesBackByRepairWhileItOnlyReceives() {
    rig.start();
    for (int i = 0; i < 10; i++) {
      (i < 5 ? rig.east() : rig.west()).write("k" + i, "v" + i);
    }
    soon().until(() -> rig.west().keys().size() == 10 && rig.east().keys().size() == 10);
    rig.awaitEqual();
    rig.east().empty();
    rig.awaitState(EAST, EAST, FlowState.BLOCKED);
    rig.agent(EAST).close();
    SettleRig.Agent receiving = rig.new Agent(EAST, 1_000, true);
    for (int i = 0; i < 10; i++) {
      rig.agent(WEST).sink.offer(new Hint("k" + i, Hint.Kind.REPAIR, Instant.now()));
    }
    soon().until(() -> rig.east().keys().size() == 10);
    rig.awaitEqual();
    receiving.close();
    rig.start(EAST);
    rig.east().write("k1", "after the repair");
    soon().until(() -> rig.west().text("k1").orElse("").equals("after the repair"));
    assertThat(rig.told(EAST).stream().filter(it -> it.change().kind() == Kind.DELETE)).isEmpty();
  }

  @Test
  void aCompleteListingTellsOfWhatWasDeletedWithoutAWord() {
    rig.start();
    for (int i = 0; i < 6; i++) {
      rig.east().write("k" + i, "v");
    }
    soon().until(() -> rig.west().keys().size() == 6);
    rig.awaitEqual();
    rig.mute = true;
    rig.east().remove("k3");
    rig.mute = false;
    var sink = rig.agent(EAST).sink;
    sink.listing("a listing", false);
    rig.east().keys().forEach(key -> sink.offer(new Hint(key, Hint.Kind.LISTED, Instant.now())));
    sink.listing("a listing", true);
    soon().until(() -> rig.west().text("k3").isEmpty());
    assertThat(rig.west().keys()).hasSize(5);
    assertThat(rig.told(EAST).stream().filter(it -> it.change().kind() == Kind.DELETE)).hasSize(1);
  }

  @Test
  void aNotificationThatComesAgainMuchLaterIsNoBucketThatWentBackInTime() {
    rig.start();
    rig.east().write("k", "old");
    soon().until(() -> rig.west().text("k").isPresent());
    rig.awaitEqual();
    // The new write's own notification is still on its way.
    rig.mute = true;
    rig.east().write("k", "new");
    rig.mute = false;
    Instant longAgo = Instant.now().minusSeconds(120);
    rig.agent(EAST).sink.offer(new Hint("k", Hint.Kind.WRITTEN, longAgo));
    soon().until(() -> rig.west().text("k").orElse("").equals("new"));
    assertThat(rig.agent(EAST).condition(EAST).state()).isEqualTo(FlowState.RUNNING);
    assertThat(rig.told(EAST)).allMatch(told -> told.change().time().isAfter(longAgo));
  }

  @Test
  void moreDeletesThanAreAllowedWaitForTheOperator() {
    rig.start(WEST);
    rig.new Agent(EAST, 3, false);
    for (int i = 0; i < 8; i++) {
      rig.east().write("k" + i, "v");
    }
    soon().until(() -> rig.west().keys().size() == 8);
    for (int i = 0; i < 8; i++) {
      rig.east().remove("k" + i);
    }
    rig.awaitState(EAST, EAST, FlowState.BLOCKED);
    assertThat(rig.agent(EAST).condition(EAST).hint()).contains("max-deletes");
    assertThat(rig.west().keys().size()).isGreaterThanOrEqualTo(5);
    rig.agent(EAST).settle.accept();
    soon().until(() -> rig.west().keys().isEmpty());
  }

  @Test
  void aTargetThatRefusesStopsTheFlowsAndMakesNoDeadLetters() {
    AtomicBoolean refusing = new AtomicBoolean();
    rig.west()
        .before(
            (request, key) -> {
              if (refusing.get()) {
                throw new ReplicationException(
                    ReplicationException.Kind.BLOCKED, "denied", "grant it", null);
              }
            });
    rig.start();
    rig.east().write("a", "1");
    soon().until(() -> rig.west().text("a").isPresent());
    refusing.set(true);
    for (int i = 0; i < 20; i++) {
      rig.east().write("b" + i, "2");
    }
    rig.awaitState(WEST, EAST, FlowState.BLOCKED);
    refusing.set(false);
    soon().until(() -> rig.west().keys().size() == 21);
    rig.awaitState(WEST, EAST, FlowState.RUNNING);
    assertThat(rig.agent(WEST).figures.get(EAST).deadLetteredCount()).isZero();
  }

  @Test
  void whatCanNeverBeWrittenIsADeadLetterAndOthersGoOn() {
    rig.west()
        .before(
            (request, key) -> {
              if (request.equals("put") && key.equals("bad")) {
                throw new ReplicationException(
                    ReplicationException.Kind.POISON, "too odd", "", null);
              }
            });
    rig.start();
    rig.east().write("bad", "1");
    rig.east().write("good", "2");
    soon().until(() -> rig.west().text("good").isPresent());
    soon().until(() -> rig.agent(WEST).figures.get(EAST).deadLetteredCount() == 1);
  }

  @Test
  void whatKeepsFailingIsADeadLetterWhereTheResourceSaysSoButNotWhileNothingElsePasses() {
    AtomicBoolean all = failing(new OnFailure.DeadLetter(3, Duration.ofDays(7)));
    Figures figures = rig.agent(WEST).figures.get(EAST);
    soon().until(() -> figures.retriedCount() > 5);
    assertThat(figures.deadLetteredCount()).as("perhaps it is the bucket").isZero();
    all.set(false);
    writeUntil(() -> figures.deadLetteredCount() == 1);
    rig.awaitState(WEST, EAST, FlowState.RUNNING);
  }

  /** No room for more, but looks are answered. */
  @Test
  void nothingIsADeadLetterWhileTheBucketTakesNoWritesThoughItAnswersAllElse() {
    failing(new OnFailure.DeadLetter(3, Duration.ofDays(7)));
    Figures figures = rig.agent(WEST).figures.get(EAST);
    AtomicInteger looked = new AtomicInteger();
    soon()
        .until(
            () -> {
              String key = "other" + looked.incrementAndGet();
              rig.agent(WEST).sink.offer(new Hint(key, Hint.Kind.WRITTEN, Instant.now()));
              return figures.retriedCount() > 5 || figures.deadLetteredCount() > 0;
            });
    assertThat(figures.deadLetteredCount()).isZero();
  }

  @Test
  void whatKeepsFailingIsPassedOverAndCountedWhereTheResourceSaysSo() {
    AtomicBoolean all = failing(new OnFailure.Skip(3, Duration.ofDays(7)));
    Figures figures = rig.agent(WEST).figures.get(EAST);
    // What succeeds before it says nothing of the bucket.
    soon().until(() -> figures.retriedCount() > 0);
    all.set(false);
    writeUntil(() -> figures.skippedCount() == 1);
    assertThat(figures.deadLetteredCount()).isZero();
    rig.awaitState(WEST, EAST, FlowState.RUNNING);
  }

  /** Each try counts only where another change was taken since the one before it. */
  private void writeUntil(BooleanSupplier condition) {
    AtomicInteger written = new AtomicInteger();
    soon()
        .until(
            () -> {
              rig.east().write("good" + written.incrementAndGet(), "2");
              return condition.getAsBoolean();
            });
  }

  @Test
  void theTimeWhileABucketTakesNothingIsNotCountedAgainstAKeyThatFailsBesides() {
    rig.onFailure = new OnFailure.DeadLetter(1_000_000, Duration.ofMinutes(30));
    AtomicReference<ReplicationException.Kind> kind =
        new AtomicReference<>(ReplicationException.Kind.TRANSIENT);
    AtomicInteger met = new AtomicInteger();
    rig.west()
        .before(
            (request, key) -> {
              if (request.equals("put") && key.equals("bad") && kind.get() != null) {
                met.incrementAndGet();
                throw new ReplicationException(kind.get(), "no room", "", null);
              }
            });
    rig.start();
    rig.east().write("bad", "1");
    soon().until(() -> met.get() > 0);
    kind.set(ReplicationException.Kind.BLOCKED);
    int before = met.get();
    soon().until(() -> met.get() > before);
    rig.ahead = Duration.ofHours(1);
    kind.set(ReplicationException.Kind.TRANSIENT);
    rig.east().write("good", "2");
    soon().until(() -> rig.west().text("good").isPresent());
    int since = met.get();
    Figures figures = rig.agent(WEST).figures.get(EAST);
    soon().until(() -> met.get() > since + 2 || figures.deadLetteredCount() > 0);
    assertThat(figures.deadLetteredCount()).isZero();
    kind.set(null);
    soon().until(() -> rig.west().text("bad").isPresent());
  }

  /** More than the window holds, and more than may be under way. */
  @Test
  void bodiesThatAreAwayHoldUpNothingThatBringsItsBytesAlongAndComeInTheEnd() {
    rig.bounds = new Bounds(8, 64 << 10, 20_000);
    rig.east().inlineLimit(100);
    rig.west().bodiesAway(true);
    rig.start();
    soon().until(() -> upTo(WEST, EAST).isPresent());
    for (int i = 0; i < 20; i++) {
      rig.east().write("large" + i, "x".repeat(1_000));
    }
    Instant written = Instant.now();
    rig.awaitState(WEST, EAST, FlowState.BLOCKED);
    assertThat(rig.agent(WEST).condition(EAST).reason()).contains("the other bucket is away");
    writeSmall("before");
    rig.agent(WEST).close();
    rig.start(WEST);
    writeSmall("after");
    assertThat(upTo(WEST, EAST).filter(written::isBefore)).as("large ones wait").isEmpty();
    assertThat(rig.west().keys()).noneMatch(key -> key.startsWith("large"));
    rig.west().bodiesAway(false);
    rig.awaitEqual();
    assertThat(rig.west().keys()).hasSize(20 + 2 * 10 * 30);
    soon().until(() -> upTo(WEST, EAST).filter(written::isBefore).isPresent());
    rig.awaitState(WEST, EAST, FlowState.RUNNING);
  }

  private void writeSmall(String name) {
    for (int i = 0; i < 10; i++) {
      for (int j = 0; j < 30; j++) {
        rig.east().write(name + i + "-" + j, "small");
      }
      String last = name + i + "-";
      soon()
          .until(() -> rig.west().keys().stream().filter(it -> it.startsWith(last)).count() == 30);
    }
  }

  private Optional<Instant> upTo(Region at, Region origin) {
    return rig.agent(at).inflows.get(origin).replicatedUpTo();
  }

  /** After one failure it rests, after several it waits, and what is refused waits for a probe. */
  @ParameterizedTest
  @CsvSource({"TRANSIENT, 1", "TRANSIENT, 6", "BLOCKED, 2"})
  void ofAPausedFlowNothingIsTriedThatFailed(ReplicationException.Kind kind, int failures) {
    AtomicBoolean mended = new AtomicBoolean();
    AtomicInteger met = new AtomicInteger();
    rig.west()
        .before(
            (request, key) -> {
              if (request.equals("put") && !mended.get()) {
                met.incrementAndGet();
                throw new ReplicationException(kind, "no room", "", null);
              }
            });
    rig.start();
    rig.east().write("bad", "1");
    soon().until(() -> met.get() >= failures);
    rig.agent(WEST).inflows.get(EAST).setPaused(true);
    int tried = met.get();
    soon().during(Duration.ofSeconds(1)).until(() -> met.get() <= tried + 1);
    mended.set(true);
    soon().during(Duration.ofSeconds(4)).until(() -> rig.west().text("bad").isEmpty());
    rig.agent(WEST).inflows.get(EAST).setPaused(false);
    soon().until(() -> rig.west().text("bad").isPresent());
    rig.awaitState(WEST, EAST, FlowState.RUNNING);
  }

  @Test
  void aKeyThatIsRefusedWhereOthersAreTakenStopsNoFlow() {
    AtomicBoolean granted = new AtomicBoolean();
    AtomicInteger met = new AtomicInteger();
    AtomicInteger changes = new AtomicInteger();
    rig.west()
        .before(
            (request, key) -> {
              if (request.equals("put") && key.equals("denied") && !granted.get()) {
                met.incrementAndGet();
                throw new ReplicationException(
                    ReplicationException.Kind.BLOCKED, "denied", "grant it", null);
              }
            });
    rig.start();
    rig.agent(WEST).conditions.get(EAST).listen((from, to) -> changes.incrementAndGet());
    rig.east().write("denied", "1");
    rig.awaitState(WEST, EAST, FlowState.BLOCKED);
    for (int i = 0; i < 300; i++) {
      String key = "granted" + i;
      rig.east().write(key, "2");
      if (i % 30 == 0) {
        soon().until(() -> rig.west().text(key).isPresent());
      }
    }
    assertThat(rig.agent(WEST).condition(EAST).hint()).contains("grant it");
    assertThat(met.get()).isLessThan(20);
    assertThat(changes.get()).isLessThan(10);
    granted.set(true);
    rig.awaitEqual();
    rig.awaitState(WEST, EAST, FlowState.RUNNING);
  }

  @Test
  void manyKeysThatAreRefusedAloneKeepNoOtherFromBeingTried() {
    Map<String, Integer> met = new ConcurrentHashMap<>();
    AtomicBoolean granted = denying(met);
    startStandby();
    for (int i = 0; i < 30; i++) {
      writeForStandby("denied" + i);
    }
    AtomicInteger written = new AtomicInteger();
    soon()
        .until(
            () -> {
              writeForStandby("good" + written.incrementAndGet());
              return met.size() == 30 && met.values().stream().allMatch(it -> it > 2);
            });
    soon().until(() -> rig.agent(WEST).inflows.get(EAST).waiting() == 30);
    assertThat(rig.west().failing()).as("requests that say nothing of the bucket").isPositive();
    Map<String, Integer> before = Map.copyOf(met);
    soon().until(() -> !before.equals(met));
    writeForStandby("denied too");
    rig.awaitState(WEST, WEST, FlowState.BLOCKED);
    writeForStandby("last");
    soon().until(() -> rig.west().text("last").isPresent());
    rig.awaitState(WEST, WEST, FlowState.RUNNING);
    granted.set(true);
    rig.awaitEqual();
    rig.awaitState(WEST, EAST, FlowState.RUNNING);
  }

  @Test
  void asManyRefusedAtOnceAsMayBeUnderWayKeepNoOtherFromBeingTried() {
    rig.bounds = new Bounds(3, 24L << 20, 20_000);
    Map<String, Integer> met = new ConcurrentHashMap<>();
    denying(met);
    startStandby();
    for (int i = 0; i < 3; i++) {
      writeForStandby("denied" + i);
    }
    soon().until(() -> met.size() == 3);
    writeForStandby("last");
    soon().until(() -> rig.west().text("last").isPresent());
    rig.awaitState(WEST, WEST, FlowState.RUNNING);
  }

  /** The west has no hints: nothing but arrivals makes it ask its bucket. */
  private void startStandby() {
    rig.mute = true;
    rig.start();
  }

  private void writeForStandby(String key) {
    rig.east().write(key, "1");
    rig.agent(EAST).sink.offer(new Hint(key, Hint.Kind.WRITTEN, Instant.now()));
  }

  /** The west refuses keys by their name, until it is told that they are granted. */
  private AtomicBoolean denying(Map<String, Integer> met) {
    AtomicBoolean granted = new AtomicBoolean();
    rig.west()
        .before(
            (request, key) -> {
              if (request.equals("put") && key.startsWith("denied") && !granted.get()) {
                met.merge(key, 1, Integer::sum);
                throw new ReplicationException(
                    ReplicationException.Kind.BLOCKED, "denied", "grant it", null);
              }
            });
    return granted;
  }

  /** Starts with a key that the west never takes, and none at first. */
  private AtomicBoolean failing(OnFailure onFailure) {
    AtomicBoolean all = new AtomicBoolean(true);
    rig.onFailure = onFailure;
    rig.west()
        .before(
            (request, key) -> {
              if (request.equals("put") && (all.get() || key.equals("bad"))) {
                throw new ReplicationException(
                    ReplicationException.Kind.TRANSIENT, "no room", "", null);
              }
            });
    rig.start();
    rig.east().write("bad", "1");
    return all;
  }

  /** Under such keys the ledger keeps what its owner must find again: who it is, and how far. */
  @Test
  void aKeyThatTheLedgerHasForItselfIsADeadLetterAndItsPartitionCanBeTakenAgain() {
    rig.start();
    List<String> odd = List.of("\0holder", "\0identity", "\0snapshot/topic");
    odd.forEach(key -> rig.east().write(key, "1"));
    rig.east().write("good", "2");
    soon().until(() -> rig.west().text("good").isPresent());
    soon().until(() -> rig.agent(EAST).figures.get(EAST).deadLetteredCount() == odd.size());
    rig.agent(EAST).close();
    rig.start(EAST);
    for (int i = 0; i < 9; i++) {
      rig.east().write("later" + i, "3");
    }
    soon().until(() -> rig.west().keys().size() == 10);
  }

  /** The own flow's hint of the key waits behind what another region told of it. */
  @Test
  void aKeyThatIsRefusedAgainAndAgainIsNamedInAllFlowsThatWaitForItAndGivesWayToItsDelete() {
    rig.west()
        .before(
            (request, key) -> {
              if (request.equals("put") && key.equals("bad")) {
                throw new ReplicationException(
                    ReplicationException.Kind.TRANSIENT, "no room for bad", "", null);
              }
            });
    rig.start();
    rig.east().write("bad", "1");
    rig.awaitState(WEST, EAST, FlowState.BLOCKED);
    rig.agent(WEST).sink.offer(new Hint("bad", Hint.Kind.WRITTEN, Instant.now()));
    rig.awaitState(WEST, WEST, FlowState.BLOCKED);
    assertThat(rig.agent(WEST).condition(WEST).reason()).contains("no room for bad");
    rig.east().write("good", "2");
    soon().until(() -> rig.west().text("good").isPresent());
    rig.east().remove("bad");
    rig.awaitState(WEST, EAST, FlowState.RUNNING);
    rig.awaitState(WEST, WEST, FlowState.RUNNING);
    rig.awaitEqual();
    assertThat(rig.agent(WEST).figures.get(EAST).deadLetteredCount()).isZero();
  }

  @Test
  void progressIsToldInTheChangeTopicAlsoWhenNothingHappens() {
    rig.start();
    soon().until(() -> rig.agent(WEST).inflows.get(EAST).replicatedUpTo().isPresent());
    var before = rig.agent(WEST).inflows.get(EAST).replicatedUpTo().orElseThrow();
    soon()
        .until(
            () ->
                rig.agent(WEST)
                    .inflows
                    .get(EAST)
                    .replicatedUpTo()
                    .orElseThrow()
                    .isAfter(before.plus(Duration.ofSeconds(2))));
  }

  @Test
  void aStoreWhoseClockIsSetBackTakesReplicatedUpToBackHereAndThere() {
    rig.start();
    awaitUpToOfEast();
    Instant back = Instant.now().minus(Duration.ofHours(1));
    rig.agent(EAST).sink.offer(new Hint("set-back", Hint.Kind.WRITTEN, back));
    for (Region at : List.of(EAST, WEST)) {
      soon()
          .until(() -> rig.agent(at).inflows.get(EAST).replicatedUpTo().orElseThrow().equals(back));
    }
    awaitUpToOfEast();
  }

  private void awaitUpToOfEast() {
    Instant least = Instant.now();
    for (Region at : List.of(EAST, WEST)) {
      soon()
          .until(
              () ->
                  rig.agent(at)
                      .inflows
                      .get(EAST)
                      .replicatedUpTo()
                      .filter(least::isBefore)
                      .isPresent());
    }
  }

  @Test
  void contentWithoutRoomForAMarkerArrivesAndDoesNotTravelBack() {
    rig.east().metadataLimit(10);
    rig.west().metadataLimit(10);
    rig.start();
    rig.east().write("full", "body".getBytes(UTF_8), Map.of("note", "x".repeat(10)));
    soon().until(() -> rig.west().text("full").isPresent());
    rig.awaitEqual();
    assertThat(rig.told(WEST)).isEmpty();
  }
}
