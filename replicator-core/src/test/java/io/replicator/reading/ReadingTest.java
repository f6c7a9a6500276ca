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

  @Test
  void whatIsReadForTheFirstTimeTakesNothingBack() {
    read(1, beat("a", 100, 100));
    assertThat(reading.upTo()).isEmpty();
  }
}
