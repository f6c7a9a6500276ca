package io.replicator.capture;

import static io.replicator.capture.CaptureRig.awaitAll;
import static io.replicator.capture.CaptureRig.expected;
import static io.replicator.capture.CaptureRig.idsByKey;
import static io.replicator.capture.CaptureRig.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.fixture.FakeClock;
import io.replicator.fixture.KafkaBroker;
import io.replicator.model.Change;
import io.replicator.model.Clocks;
import io.replicator.model.FlowState;
import io.replicator.wire.Written;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of sends that pile up, fail or hang, by a clock that is moved by hand. */
class UndurableSendTest {
  private static final int MOST_BYTES = 4 << 20;
  private static KafkaBroker broker;
  private final FakeClock clock = new FakeClock();
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
    rig = new CaptureRig(broker, Clocks.of(clock), MOST_BYTES);
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private boolean saysStuck() {
    return rig.figures
        .lastFailure()
        .map(failure -> failure.message().contains("no acknowledgement for 60 s"))
        .orElse(false);
  }

  @Test
  void aSendThatWaitsForAMinuteEndsItsIncarnationAndWhatIsKeptIsSentByTheNextInOrder() {
    awaitAll(rig.offer(0, 10, 5));
    String first = rig.incarnation();
    broker.stop();
    List<CompletableFuture<Void>> offers = rig.offer(10, 200, 5);
    clock.pass(Duration.ofSeconds(59));
    soon().until(() -> rig.conditions.present().state() == FlowState.BLOCKED);
    await()
        .during(Duration.ofSeconds(2))
        .untilAsserted(
            () ->
                assertThat(rig.incarnation()).as("%s", rig.figures.lastFailure()).isEqualTo(first));
    clock.pass(Duration.ofSeconds(2));
    soon().until(() -> rig.incarnation().isEmpty() && saysStuck());
    assertThat(offers).noneMatch(CompletableFuture::isDone);
    broker.start();
    awaitAll(offers);
    assertThat(rig.incarnation()).isNotEmpty().isNotEqualTo(first);
    assertThat(rig.capture.former()).hasSize(1);
    Written former = rig.capture.former().get(0);
    assertThat(former.incarnation()).isEqualTo(first);
    assertThat(former.last().get(0) + former.last().get(1)).isEqualTo(10);
    assertThat(idsByKey(rig.changes())).isEqualTo(expected(200, 5));
    soon().until(() -> rig.conditions.present().state() == FlowState.RUNNING);
  }

  @Test
  void aCaptureThatIsClosedBetweenTwoIncarnationsTellsWhatTheFormerHadWritten() {
    awaitAll(rig.offer(0, 10, 5));
    String first = rig.incarnation();
    broker.stop();
    rig.offer(10, 20, 5);
    clock.pass(Duration.ofSeconds(61));
    soon().until(() -> rig.incarnation().isEmpty() && saysStuck());
    rig.capture.close();
    Written last = rig.capture.written().orElseThrow();
    assertThat(last.incarnation()).isEqualTo(first);
    assertThat(last.last().get(0) + last.last().get(1)).isEqualTo(10);
  }

  @Test
  void aFailedSendClosesItsProducerBeforeAnythingBehindItIsWritten() throws Exception {
    awaitAll(rig.offer(0, 10, 1));
    rig.limit(80_000);
    CountDownLatch latch = new CountDownLatch(1);
    List<CompletableFuture<Void>> behind;
    try {
      // The timer ends incarnations, too, but later than what stands behind would be written.
      rig.occupyTimer(latch);
      CompletableFuture<Void> large = offerLarge("large", 100_000);
      behind = rig.offer(10, 200, 1);
      soon().until(large::isDone);
      assertThat(large).isCompletedExceptionally();
      await().atMost(Duration.ofSeconds(10)).until(() -> !rig.producing());
      assertThat(rig.changes()).hasSize(10);
      assertThat(behind).noneMatch(CompletableFuture::isDone);
    } finally {
      latch.countDown();
    }
    awaitAll(behind);
    assertThat(idsByKey(rig.changes())).isEqualTo(expected(200, 1));
    assertThat(rig.changes()).as("nothing is written twice either").hasSize(200);
  }

  @Test
  void nobodyReadsWhileFiveThousandChangesWait() {
    awaitAll(rig.offer(0, 10, 5));
    broker.stop();
    List<CompletableFuture<Void>> offers = new ArrayList<>(rig.offer(10, 10 + 4_999, 5));
    assertThat(rig.source.ready()).as("by a clock that stands, Kafka answers").isCompleted();
    offers.addAll(rig.offer(10 + 4_999, 10 + 5_000, 5));
    CompletableFuture<Void> ready = rig.source.ready();
    assertThat(ready).isNotDone();
    broker.start();
    awaitAll(offers);
    soon().until(ready::isDone);
  }

  @Test
  void nobodyReadsWhileAsManyBytesWaitAsMay() {
    awaitAll(rig.offer(0, 10, 5));
    broker.stop();
    List<CompletableFuture<Void>> offers = new ArrayList<>();
    for (int bytes = 0; bytes < MOST_BYTES; bytes += 1 << 20) {
      assertThat(rig.source.ready()).isCompleted();
      offers.add(offerLarge("large-" + bytes, 1 << 20));
    }
    CompletableFuture<Void> ready = rig.source.ready();
    assertThat(ready).isNotDone();
    broker.start();
    awaitAll(offers);
    soon().until(ready::isDone);
  }

  private CompletableFuture<Void> offerLarge(String id, int bytes) {
    byte[] noise = new byte[bytes];
    new Random(1).nextBytes(noise);
    return rig.source.offer(Change.upsert(id, "k0", Instant.EPOCH, new TreeMap<>(), noise));
  }
}
