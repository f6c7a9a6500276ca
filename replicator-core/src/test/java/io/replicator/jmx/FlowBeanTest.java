package io.replicator.jmx;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.fixture.FakeClock;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What a bean says of lag, with a clock set by hand. */
class FlowBeanTest {
  private final FakeClock clock = new FakeClock();
  private Optional<Instant> upTo = Optional.empty();
  private OptionalLong pending = OptionalLong.empty();

  private final FlowBean bean =
      new FlowBean(
          new Figures(clock),
          new Conditions("test"),
          new FlowBean.Station() {
            @Override
            public String role() {
              return "APPLY";
            }

            @Override
            public int partitions() {
              return 1;
            }

            @Override
            public int topicPartitions() {
              return 1;
            }

            @Override
            public Optional<Instant> upTo() {
              return upTo;
            }

            @Override
            public OptionalLong pending() {
              return pending;
            }

            @Override
            public Optional<Duration> timeToLoss(Duration lag) {
              return Optional.of(Duration.ofSeconds(10).minus(lag));
            }

            @Override
            public void pause(boolean paused) {}

            @Override
            public void acceptGap() {}
          },
          clock);

  @Test
  void whatIsNotKnownIsNotZero() {
    assertThat(bean.getLagMillis()).isEqualTo(-1);
    assertThat(bean.getPendingChanges()).isEqualTo(-1);
    assertThat(bean.getTimeToLossMillis()).isEqualTo(-1);
    assertThat(bean.getReplicatedUpTo()).isEmpty();
  }

  @Test
  void whileNothingArrivesLagGrowsByASecondASecondAndTimeToLossShrinksToNothing() {
    upTo = Optional.of(clock.instant().minusSeconds(2));
    pending = OptionalLong.of(7);
    for (int second = 0; second < 20; second++) {
      assertThat(bean.getLagMillis()).isEqualTo((2 + second) * 1_000L);
      assertThat(bean.getTimeToLossMillis()).isEqualTo(Math.max(0, 8 - second) * 1_000L);
      clock.pass(Duration.ofSeconds(1));
    }
    assertThat(bean.getPendingChanges()).isEqualTo(7);
    assertThat(bean.getReplicatedUpTo()).isEqualTo("2025-12-31T23:59:58Z");
  }

  @Test
  void aSourceWhoseClockRunsAheadHasNoLag() {
    upTo = Optional.of(clock.instant().plusSeconds(3));
    assertThat(bean.getLagMillis()).isZero();
  }
}
