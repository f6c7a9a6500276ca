package io.replicator.reading;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.Clocks;
import io.replicator.wire.Heartbeat;
import io.replicator.wire.Stamp;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What heartbeats that are read say of a time that was passed already. */
class ReadingTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  private static final int HOUR = 3600;
  private final Reading reading =
      new Reading(0, Instant.EPOCH, Optional.empty(), Clocks.of(() -> NOON));

  private static Heartbeat beat(String capture, int sent, int upTo) {
    return new Heartbeat(
        new Stamp("mjx2k3-" + capture, 0),
        at(sent),
        Optional.of(at(upTo)),
        Duration.ZERO,
        false,
        "id");
  }

  private static Instant at(int second) {
    return NOON.plusSeconds(second);
  }

  private void read(int offset, Heartbeat beat) {
    reading.heard(beat, offset);
  }

  private void pass(int offset, Heartbeat beat) {
    reading.passed(beat, offset);
  }

  @Test
  void aStoresClockThatIsSetBackTakesBackWhatWasSaidBeforeItsChangesAreApplied() {
    Heartbeat before = beat("a", 100, 100);
    read(1, before);
    pass(1, before);
    assertThat(reading.upTo()).contains(at(100));
    // At 2 stands a change that waits. The store's clock was set back before it was written.
    Heartbeat behind = beat("a", 101, 101 - HOUR);
    read(3, behind);
    assertThat(reading.upTo()).contains(at(101 - HOUR));
    Heartbeat next = beat("a", 102, 102 - HOUR);
    read(4, next);
    assertThat(reading.upTo()).contains(at(101 - HOUR));
    Heartbeat right = beat("a", 103, 103);
    read(5, right);
    assertThat(reading.upTo()).as("it waits still").contains(at(101 - HOUR));
    pass(3, behind);
    pass(4, next);
    assertThat(reading.upTo()).contains(at(102 - HOUR));
    pass(5, right);
    assertThat(reading.upTo()).contains(at(103));
  }

  @Test
  void oneOfManyTakesItBackForAll() {
    for (String capture : new String[] {"a", "b"}) {
      Heartbeat beat = beat(capture, 100, 100);
      read(1, beat);
      pass(1, beat);
    }
    read(2, beat("b", 101, 40));
    read(3, beat("a", 101, 101));
    assertThat(reading.upTo()).contains(at(40));
    pass(3, beat("a", 101, 101));
    assertThat(reading.upTo())
        .as("b's own was let go of, it is passed all the same")
        .contains(at(100));
  }

  /** The mirror skipped it and went back; that it is missing is no longer said. */
  @Test
  void whatComesLateHoldsItBackUntilItIsDone() {
    Stamp late = new Stamp("mjx2k3-a", 1);
    reading.seen(new Stamp("mjx2k3-a", 2), at(20), 1);
    reading.done(new Stamp("mjx2k3-a", 2));
    Heartbeat before = beat("a", 100, 100);
    read(2, before);
    pass(2, before);
    assertThat(reading.missing()).isOne();
    assertThat(reading.upTo()).contains(at(100));
    reading.seen(late, at(10), 3);
    assertThat(reading.missing()).isZero();
    Heartbeat behind = beat("a", 101, 101);
    read(4, behind);
    assertThat(reading.upTo()).contains(at(10));
    Snapshot snapshot = reading.snapshot(3, true).orElseThrow();
    assertThat(new Reading(0, NOON, Optional.of(snapshot), Clocks.of(() -> NOON)).upTo())
        .as("after a restart")
        .contains(at(10));
    reading.done(late);
    pass(4, behind);
    assertThat(reading.upTo()).contains(at(101));
  }

  @Test
  void whatIsReadForTheFirstTimeTakesNothingBack() {
    read(1, beat("a", 100, 100));
    assertThat(reading.upTo()).isEmpty();
  }
}
