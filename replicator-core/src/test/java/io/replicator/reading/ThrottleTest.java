package io.replicator.reading;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.reading.Throttle.Rates;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How many changes pass, by a time of the test's own. */
class ThrottleTest {
  private long nanos = -5;
  private final Throttle throttle = new Throttle(() -> nanos);
  private final Window window = new Window(new Bounds(100, 1_000, 1), () -> nanos);

  @Test
  void soManyChangesPassInEachSecondAndNoBurst() {
    throttle.set(new Rates(50, 0));
    assertThat(passing(Duration.ofSeconds(10), 1)).isBetween(499, 506);
    pass(Duration.ofHours(1));
    assertThat(passing(Duration.ofMillis(1), 1)).as("saved up over an hour").isBetween(1, 6);
  }

  @Test
  void soManyBytesPassAndOneThatIsLargerThanASecondsWorth() {
    throttle.set(new Rates(0, 1_000));
    assertThat(passing(Duration.ofSeconds(10), 100)).isBetween(99, 103);
    assertThat(passing(Duration.ofSeconds(30), 5_000)).isBetween(5, 7);
  }

  @Test
  void withoutALimitAllPassAndANewLimitCountsAtOnce() {
    assertThat(passing(Duration.ofMillis(100), 1_000_000)).isEqualTo(100);
    throttle.set(new Rates(1, 0));
    assertThat(passing(Duration.ofSeconds(10), 1)).isBetween(9, 12);
    throttle.set(Rates.NONE);
    assertThat(passing(Duration.ofMillis(100), 1)).isEqualTo(100);
  }

  @Test
  void whatPassedWithoutALimitDoesNotCountAgainstOneThatIsAdded() {
    throttle.set(new Rates(1_000, 0));
    assertThat(passing(Duration.ofSeconds(10), 1_000_000)).isBetween(9_990, 10_001);
    throttle.set(new Rates(1_000, 10_000));
    assertThat(passing(Duration.ofSeconds(10), 100)).isBetween(990, 1_020);
    throttle.set(new Rates(0, 10_000));
    assertThat(passing(Duration.ofSeconds(10), 1)).isEqualTo(10_000);
    throttle.set(new Rates(100, 10_000));
    assertThat(passing(Duration.ofSeconds(10), 1)).isBetween(990, 1_020);
  }

  @Test
  void anIdleFlowEasesNoLongerThanTheRampLasts() {
    window.recover();
    pass(Duration.ofSeconds(10));
    assertThat(window.eases()).isFalse();
  }

  @Test
  void afterAnOutageMoreAndMoreIsBegun() {
    assertThat(begun()).isEqualTo(100);
    window.recover();
    assertThat(window.eases()).isTrue();
    assertThat(begun()).isEqualTo(8);
    pass(Duration.ofSeconds(1));
    assertThat(begun()).isEqualTo(16);
    pass(Duration.ofSeconds(3));
    assertThat(begun()).isEqualTo(100);
    assertThat(window.eases()).as("it is over").isFalse();
  }

  /** Begins what can be begun, and ends it. */
  private int begun() {
    int count = 0;
    while (window.start(1)) {
      count++;
    }
    for (int i = 0; i < count; i++) {
      window.end();
    }
    return count;
  }

  /** Tries every millisecond. */
  private int passing(Duration time, long size) {
    int count = 0;
    for (long i = 0; i < time.toMillis(); i++) {
      pass(Duration.ofMillis(1));
      count += throttle.pass(size) ? 1 : 0;
    }
    return count;
  }

  private void pass(Duration time) {
    nanos += time.toNanos();
  }
}
