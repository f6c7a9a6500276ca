package io.replicator.lag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.replicator.fixture.FakeClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LatencyTest {
  private static final Duration OVER_A_MINUTE = Duration.ofSeconds(61);

  private final FakeClock clock = new FakeClock();
  private final Latency latency = new Latency(clock);

  private void record(long millis) {
    latency.record(Duration.ofMillis(millis));
  }

  @Test
  void nothingAppliedIsNotZeroMilliseconds() {
    assertThat(latency.percentile(50)).isEqualTo(-1);
    record(0);
    assertThat(latency.percentile(50)).isZero();
  }

  @Test
  void percentilesAreThoseOfTheValuesWithinAHundredth() {
    for (int millis = 1; millis <= 10_000; millis++) {
      record(millis);
    }
    assertThat(latency.percentile(50)).isCloseTo(5_000, within(50L));
    assertThat(latency.percentile(99)).isCloseTo(9_900, within(99L));
    assertThat(latency.percentile(100)).isCloseTo(10_000, within(100L));
  }

  @Test
  void aTimeBeforeTheWriteCountsAsZeroAndOneOutOfAllMeasureAsTheMost() {
    record(-5_000);
    assertThat(latency.percentile(100)).isZero();
    latency.record(Duration.ofDays(3_000));
    long month = Duration.ofDays(30).toMillis();
    assertThat(latency.percentile(100)).isCloseTo(month, within(month / 100));
  }

  @Test
  void aMinuteIsStillShownInTheNextOneAndThenForgotten() {
    record(1_000);
    clock.pass(OVER_A_MINUTE);
    assertThat(latency.percentile(100)).isCloseTo(1_000, within(10L));
    record(5);
    assertThat(latency.percentile(0)).isEqualTo(5);
    assertThat(latency.percentile(100)).isCloseTo(1_000, within(10L));
    clock.pass(OVER_A_MINUTE);
    assertThat(latency.percentile(100)).isEqualTo(5);
    clock.pass(OVER_A_MINUTE);
    assertThat(latency.percentile(100)).isEqualTo(-1);
  }

  @Test
  void readingOftenDoesNotTurnTheWindowEarly() {
    record(1_000);
    for (int second = 0; second < 60; second++) {
      clock.pass(Duration.ofSeconds(1));
      assertThat(latency.percentile(100)).isCloseTo(1_000, within(10L));
    }
  }
}
