package io.replicator.jmx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicator.fixture.FakeClock;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Clocks;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import io.replicator.reading.Gaps;
import io.replicator.reading.Reading;
import io.replicator.wire.Stamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import javax.management.Notification;
import org.junit.jupiter.api.Test;

/** What a bean says of lag, with a clock set by hand. */
class FlowBeanTest {
  private final FakeClock clock = new FakeClock();
  private Optional<Instant> upTo = Optional.empty();
  private OptionalLong pending = OptionalLong.empty();
  private int accepted;

  private final Conditions conditions = new Conditions("test");

  private final FlowBean bean =
      new FlowBean(
          new Figures(clock),
          conditions,
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
            public void acceptGap() {
              accepted++;
            }
          },
          clock);

  @Test
  void aGapIsAcceptedOnlyWhereOneIsKnown() {
    assertThatThrownBy(bean::acceptGap).hasMessage("no gap is known; it is RUNNING");
    conditions.set(
        "schema", new Condition(FlowState.WAITING_FOR_SCHEMA, "shop.orders is missing", "run it"));
    assertThatThrownBy(bean::acceptGap)
        .hasMessage("no gap is known; it is WAITING_FOR_SCHEMA: shop.orders is missing");
    assertThat(accepted).isZero();
    conditions.set(
        "missing", new Condition(FlowState.DEGRADED, "2 are missing", "replicator accept-gap it"));
    bean.acceptGap();
    conditions.set("paused", new Condition(FlowState.PAUSED, "paused", "replicator resume it"));
    bean.acceptGap();
    assertThat(accepted).isEqualTo(2);
    conditions.clear("missing");
    assertThatThrownBy(bean::acceptGap).hasMessage("no gap is known; it is PAUSED: paused");
  }

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

  @Test
  void aReasonIsShownByTheLineOfTheLogThatHasItAndToWhoReadsIt() {
    List<String> shown = new ArrayList<>();
    conditions.end("capture").whenShown(condition -> shown.add(condition.reason()));
    conditions.set("source", new Condition(FlowState.DEGRADED, "one", "mend it"));
    assertThat(shown).containsExactly("one");
    conditions.set("source", new Condition(FlowState.DEGRADED, "one; another", "mend it"));
    assertThat(bean.getState()).isEqualTo("DEGRADED");
    assertThat(bean.getHint()).isEqualTo("mend it");
    assertThat(shown).containsExactly("one");
    conditions.set("source", new Condition(FlowState.DEGRADED, "one; another", "accept-gap it"));
    assertThatThrownBy(bean::acceptGap).hasMessageContaining("one; another");
    conditions.set(
        "source", new Condition(FlowState.DEGRADED, "one; another", "replicator accept-gap it"));
    assertThat(bean.acceptGap()).isEqualTo("DEGRADED: one; another");
    assertThat(shown).as("what was taken is not what was shown").containsExactly("one");
    assertThat(bean.getReason()).isEqualTo("one; another");
    assertThat(shown).containsExactly("one", "one; another");
  }

  @Test
  void aGapAndItsEndAreNotificationsThatNameTheCommandThatMendsIt() {
    List<Notification> notifications = new ArrayList<>();
    bean.addNotificationListener((one, handback) -> notifications.add(one), null, null);
    Flow flow = Flow.parse("s3/photos@us-east-1");
    Gaps gaps = new Gaps(flow, conditions, true, List::of);
    Reading reading = new Reading(0, Instant.EPOCH, Optional.empty(), Clocks.of(clock));
    reading.seen(new Stamp("mjx2k3-a", 1), Instant.EPOCH, 0);
    gaps.report(List.of(reading));
    assertThat(notifications).isEmpty();
    reading.seen(new Stamp("mjx2k3-a", 4), Instant.EPOCH, 1);
    gaps.report(List.of(reading));
    assertThat(notifications).hasSize(1);
    assertThat(notifications.get(0).getType()).isEqualTo(FlowMXBean.CHANGED);
    assertThat(notifications.get(0).getUserData()).isEqualTo("DEGRADED");
    assertThat(notifications.get(0).getMessage())
        .contains("2 changes", "replicator backfill s3/photos@us-east-1", "replicator accept-gap ");
    assertThat(bean.getState()).isEqualTo("DEGRADED");
    gaps.accept(List.of(reading));
    assertThat(notifications).hasSize(2);
    assertThat(notifications.get(1).getUserData()).isEqualTo("RUNNING");
  }
}
