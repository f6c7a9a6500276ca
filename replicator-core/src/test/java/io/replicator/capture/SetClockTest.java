package io.replicator.capture;

import static io.replicator.capture.CaptureRig.awaitAll;
import static io.replicator.capture.CaptureRig.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.fixture.KafkaBroker;
import io.replicator.model.Clocks;
import io.replicator.model.FlowState;
import io.replicator.wire.Heartbeat;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A capture whose machine's clock is set on or back by an hour. */
class SetClockTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static KafkaBroker broker;

  private volatile Duration off = Duration.ZERO;
  private final InstantSource wall = () -> Instant.now().plus(off);
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
    rig = new CaptureRig(broker, new Clocks(wall, Clocks.system().steady()));
    soon().until(() -> rig.source.ready().isDone());
  }

  @AfterEach
  void close() {
    rig.close();
  }

  /** The source goes by the clock that it is given, and by the machine's as well. */
  private Heartbeat beat(InstantSource sources) {
    rig.source.deliveredUpTo(sources.instant());
    int before = rig.beats().size();
    soon().until(() -> rig.beats().size() >= before + 4);
    List<Heartbeat> beats = rig.beats();
    return beats.get(beats.size() - 1);
  }

  @Test
  void aClockThatIsAheadSaysNothingOfWhatIsYetToCome() {
    off = HOUR;
    Heartbeat ahead = beat(wall);
    assertThat(ahead.upTo().orElseThrow()).isBefore(Instant.now());
    assertThat(rig.capture.clock().instant())
        .isBetween(Instant.now().minusSeconds(30), Instant.now());
    assertThat(beat(rig.capture.clock()).upTo().orElseThrow()).isBefore(Instant.now());
    off = Duration.ZERO;
    Instant now = Instant.now();
    rig.source.deliveredUpTo(now);
    soon().until(() -> rig.beats().stream().anyMatch(beat -> beat.upTo().equals(Optional.of(now))));
  }

  @Test
  void aClockThatIsBehindHoldsTheTimeBackUntilItIsRight() {
    off = HOUR.negated();
    assertThat(beat(rig.capture.clock()).upTo().orElseThrow()).isBefore(Instant.now().minus(HOUR));
    off = Duration.ZERO;
    assertThat(beat(rig.capture.clock()).upTo().orElseThrow())
        .isAfter(Instant.now().minusSeconds(60));
  }

  @Test
  void anOutageIsNoticedAndEndsThoughTheClockWasSetBack() {
    awaitAll(rig.offer(0, 10, 5));
    off = HOUR.negated();
    assertThat(rig.source.ready()).as("the clock alone is no outage").isCompleted();
    broker.stop();
    List<CompletableFuture<Void>> offers = rig.offer(10, 20, 5);
    soon().until(() -> rig.conditions.present().state() == FlowState.BLOCKED);
    assertThat(rig.source.ready()).isNotDone();
    off = Duration.ZERO;
    broker.start();
    awaitAll(offers);
    soon().until(() -> rig.conditions.present().state() == FlowState.RUNNING);
  }
}
