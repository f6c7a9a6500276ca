package io.replicator.capture;

import static io.replicator.capture.CaptureRig.awaitAll;
import static io.replicator.capture.CaptureRig.expected;
import static io.replicator.capture.CaptureRig.idsByKey;
import static io.replicator.capture.CaptureRig.soon;
import static io.replicator.fixture.FakeSource.change;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.replicator.fixture.FakeSource;
import io.replicator.fixture.KafkaBroker;
import io.replicator.lag.Progress;
import io.replicator.model.Change;
import io.replicator.model.Clocks;
import io.replicator.model.FlowState;
import io.replicator.spi.ChangeSink;
import io.replicator.spi.ChangeSource;
import io.replicator.spi.Listing;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.StoreResource.Door;
import io.replicator.wire.Decoded;
import io.replicator.wire.Heartbeat;
import io.replicator.wire.Stamp;
import io.replicator.wire.Written;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CaptureTest {
  private static KafkaBroker broker;
  private CaptureRig rig;

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
    broker.start();
    rig = new CaptureRig(broker, Clocks.system());
  }

  @AfterEach
  void close() {
    rig.close();
  }

  @Test
  void aSourceIsToldWhatSomebodyReadAndItsStatusAloneShowsNothing() {
    rig.source.missing("one");
    soon().until(() -> rig.conditions.present().state() == FlowState.DEGRADED);
    soon().untilAsserted(() -> assertThat(rig.source.shown()).as("by the log").isEqualTo("one"));
    rig.source.missing("one; another");
    soon().until(() -> rig.conditions.present().reason().equals("one; another"));
    assertThat(rig.source.shown()).isEqualTo("one");
    rig.conditions.show();
    assertThat(rig.source.shown()).isEqualTo("one; another");
  }

  @Test
  void changesOfAKeyKeepTheOrderOfTheirOffersAndEveryNumberIsGivenOnce() {
    awaitAll(rig.offer(0, 2_000, 50));
    List<Decoded.Captured> changes = rig.changes();
    assertThat(changes).hasSize(2_000);
    assertThat(idsByKey(changes)).isEqualTo(expected(2_000, 50));
    assertThat(numbers(changes)).containsExactlyElementsOf(List.of(2_000L));
    assertThat(rig.capture.pendingCount()).isZero();
  }

  @Test
  void nothingIsReadyWhileKafkaIsDownAndWhatWasOfferedBecomesDurableAfterwards() {
    awaitAll(rig.offer(0, 10, 5));
    broker.stop();
    List<CompletableFuture<Void>> offers = rig.offer(10, 200, 5);
    soon().until(() -> rig.conditions.present().state() == FlowState.BLOCKED);
    CompletableFuture<Void> ready = rig.source.ready();
    await().during(Duration.ofSeconds(2)).until(() -> !ready.isDone());
    assertThat(offers).noneMatch(CompletableFuture::isDone);
    broker.start();
    awaitAll(offers);
    soon().until(ready::isDone);
    soon().until(() -> rig.conditions.present().state() == FlowState.RUNNING);
    assertThat(idsByKey(rig.changes())).isEqualTo(expected(200, 5));
  }

  @Test
  void closingWhileKafkaIsDownTakesABoundedTime() {
    awaitAll(rig.offer(0, 10, 5));
    broker.stop();
    List<CompletableFuture<Void>> offers = rig.offer(10, 50, 5);
    long begin = System.nanoTime();
    rig.capture.close();
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(12));
    assertThat(rig.source.closed()).isTrue();
    assertThat(offers).allMatch(CompletableFuture::isCompletedExceptionally);
    assertThat(rig.source.ready()).isCompletedExceptionally();
  }

  @Test
  void aChangeThatIsTooLargeIsPoisonAndTheOthersPass() {
    Change large = Change.upsert("large", "k", Instant.EPOCH, new TreeMap<>(), new byte[3 << 20]);
    assertThatThrownBy(() -> rig.source.offer(large).get())
        .cause()
        .isInstanceOfSatisfying(
            ReplicationException.class,
            e -> assertThat(e.kind()).isEqualTo(ReplicationException.Kind.POISON));
    awaitAll(rig.offer(0, 10, 5));
  }

  @Test
  void aFailedSendEndsTheIncarnationAndWhatIsKeptIsSentAgainInOrder() throws Exception {
    awaitAll(rig.offer(0, 10, 2));
    rig.limit(80_000);
    List<CompletableFuture<Void>> offers = new ArrayList<>(rig.offer(10, 20, 2));
    byte[] noise = new byte[100_000];
    new java.util.Random(1).nextBytes(noise);
    CompletableFuture<Void> large =
        rig.source.offer(Change.upsert("large", "k0", Instant.EPOCH, new TreeMap<>(), noise));
    offers.addAll(rig.offer(20, 300, 2));
    soon().until(large::isDone);
    assertThatThrownBy(large::get)
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            ReplicationException.class,
            e -> assertThat(e.kind()).isEqualTo(ReplicationException.Kind.POISON));
    awaitAll(offers);
    List<Decoded.Captured> changes = rig.changes();
    assertThat(changes.stream().map(one -> one.stamp().incarnation()).distinct().count())
        .isGreaterThan(1);
    assertThat(idsByKey(changes)).isEqualTo(expected(300, 2));
    // No hole: what stood behind the failed record was not written under its old number.
    assertThat(numbers(changes).stream().mapToLong(Long::longValue).sum())
        .isEqualTo(changes.size());
  }

  /** Checks that each incarnation counts without a hole; returns how many changes each wrote. */
  private static List<Long> numbers(List<Decoded.Captured> changes) {
    Map<String, Long> totals = new TreeMap<>();
    Map<String, Long> last = new HashMap<>();
    for (Decoded.Captured one : changes) {
      String life = one.stamp().incarnation();
      long next = last.merge(life + partition(one.change().key()), 1L, Long::sum);
      assertThat(one.stamp().sequence()).isEqualTo(next);
      totals.merge(life, 1L, Long::sum);
    }
    return List.copyOf(totals.values());
  }

  private static int partition(String key) {
    byte[] bytes = key.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    return org.apache.kafka.common.utils.Utils.toPositive(
            org.apache.kafka.common.utils.Utils.murmur2(bytes))
        % 2;
  }

  @Test
  void heartbeatsCarryTheSourcesTimeAndTheLastNumbersAndTheLastOneSaysGoodbye() {
    Instant upTo = Instant.parse("2026-01-01T00:00:07Z");
    rig.source.deliveredUpTo(upTo);
    awaitAll(rig.offer(0, 100, 10));
    soon()
        .until(
            () ->
                rig.beats().stream()
                        .filter(beat -> beat.upTo().isPresent())
                        .mapToLong(beat -> beat.last().sequence())
                        .distinct()
                        .sum()
                    >= 100);
    assertThat(rig.beats().stream().flatMap(beat -> beat.upTo().stream()).distinct())
        .containsExactly(upTo);
    assertThat(rig.beats())
        .filteredOn(beat -> beat.upTo().isPresent())
        .extracting(Heartbeat::hold)
        .containsOnly(FakeSource.HOLD);
    assertThat(rig.beats()).noneMatch(Heartbeat::closing);
    Written sent = rig.capture.written().orElseThrow();
    assertThat(sent.last().get(0) + sent.last().get(1)).isEqualTo(100);
    rig.capture.close();
    List<Heartbeat> closing = rig.beats().stream().filter(Heartbeat::closing).toList();
    assertThat(closing)
        .extracting(Heartbeat::last)
        .containsExactlyInAnyOrder(
            new Stamp(sent.incarnation(), sent.last().get(0)),
            new Stamp(sent.incarnation(), sent.last().get(1)));
  }

  @Test
  void aCaptureBesideANodeThatStopsSaysNoLastWord() {
    rig.close();
    rig =
        new CaptureRig(
            broker, Clocks.system(), Capture.MOST_PENDING_BYTES, CaptureTest::besideNode);
    rig.source.deliveredUpTo(Instant.now());
    soon().until(() -> rig.beats().stream().anyMatch(beat -> beat.upTo().isPresent()));
    rig.capture.close();
    assertThat(rig.beats()).isNotEmpty().noneMatch(Heartbeat::closing);
  }

  @Test
  void aSourceWhosePositionANewerVersionWroteNeedsAnUpgrade() {
    rig.close();
    rig =
        new CaptureRig(
            broker,
            Clocks.system(),
            Capture.MOST_PENDING_BYTES,
            source ->
                sink -> {
                  throw new ReplicationException(
                      ReplicationException.Kind.NEWER, "of format 2", "upgrade", null);
                });
    soon().until(() -> rig.conditions.present().state() == FlowState.NEEDS_UPGRADE);
    assertThat(rig.conditions.present().reason()).isEqualTo("of format 2");
  }

  private static Door.NodeLog besideNode(FakeSource source) {
    return new Door.NodeLog() {
      @Override
      public ChangeSource open(ChangeSink sink) {
        return source.open(sink);
      }

      @Override
      public Door.Claim claim() {
        throw new AssertionError("a capture claims nothing");
      }

      @Override
      public Optional<String> refusal(String part) {
        return Optional.empty();
      }

      @Override
      public Listing list(String part, String after, int rate, ChangeSink sink) {
        throw new AssertionError("a capture lists nothing");
      }
    };
  }

  @Test
  void theLastWordOfACaptureThatIsGoneEndsItsSayAndItsOwnGoesOn() {
    soon().until(() -> !rig.beats().isEmpty());
    rig.capture.lastWordOf("gone").toCompletableFuture().orTimeout(60, SECONDS).join();
    List<Heartbeat> last = rig.beats().stream().filter(Heartbeat::closing).toList();
    assertThat(last)
        .hasSize(2) // one for each partition
        .allSatisfy(
            beat -> {
              assertThat(Stamp.capture(beat.last().incarnation())).isEqualTo("gone");
              assertThat(beat.last().sequence()).isZero();
            });
    Progress progress = new Progress(Optional.empty(), Map.of());
    Instant now = Instant.now();
    progress.heard("gone", now, Optional.of(now.minusSeconds(900)), Duration.ofDays(30), false);
    progress.heard("here", now, Optional.of(now), Duration.ofDays(30), false);
    assertThat(progress.upTo()).contains(now.minusSeconds(900));
    Heartbeat word = last.get(0);
    progress.heard(
        Stamp.capture(word.last().incarnation()),
        word.sent(),
        word.upTo(),
        word.hold(),
        word.closing());
    assertThat(progress.upTo()).contains(now);
  }

  @Test
  void aPausedCaptureLetsNobodyReadAndResumes() {
    soon().until(() -> rig.source.ready().isDone());
    rig.capture.setPaused(true);
    CompletableFuture<Void> ready = rig.source.ready();
    await().during(Duration.ofSeconds(1)).until(() -> !ready.isDone());
    rig.capture.setPaused(false);
    soon().until(ready::isDone);
    assertThat(ready).isNotCompletedExceptionally();
  }

  @Test
  void whatIsOfferedFromAnOutcomeNeverMeetsALock() throws Exception {
    // Each durable change offers the next one, on the producer's thread, also when a send fails.
    CompletableFuture<Void> end = new CompletableFuture<>();
    chain(0, end);
    rig.limit(80_000);
    byte[] noise = new byte[100_000];
    new java.util.Random(1).nextBytes(noise);
    CompletableFuture<Void> large =
        rig.source.offer(Change.upsert("large", "k0", Instant.EPOCH, new TreeMap<>(), noise));
    soon().until(large::isDone);
    soon().until(end::isDone);
    rig.capture.close();
    assertThat(rig.source.offer(change("late", "k"))).isCompletedExceptionally();
    assertThatThrownBy(() -> rig.source.offer(change("late", "k")).get())
        .isInstanceOf(CancellationException.class);
  }

  private void chain(int number, CompletableFuture<Void> end) {
    if (number == 300) {
      end.complete(null);
      return;
    }
    CompletableFuture<Void> next =
        rig.source.offer(change("id-" + number, "k")).thenRun(() -> chain(number + 1, end));
    assertThat(next).isNotCancelled();
  }

  @Test
  void aTopicThatIsDeletedAndCreatedAnewGetsTheNextChangesAndTheHeartbeatsTellItsNewId()
      throws Exception {
    awaitAll(rig.offer(0, 10, 5));
    soon().until(() -> !rig.beats().isEmpty());
    String before = rig.beats().get(0).topicId();
    rig.admin.deleteTopics(List.of(rig.topic())).all().get();
    List<CompletableFuture<Void>> offers = rig.offer(10, 100, 5);
    String present = rig.createTopic();
    assertThat(present).isNotEqualTo(before);
    awaitAll(offers);
    awaitAll(rig.offer(100, 200, 5));
    soon().until(() -> rig.beats().stream().anyMatch(beat -> beat.topicId().equals(present)));
    assertThat(rig.changes())
        .extracting(one -> one.change().id())
        .contains("id-10", "id-99", "id-100", "id-199");
    soon().until(() -> rig.conditions.present().state() == FlowState.RUNNING);
  }
}
