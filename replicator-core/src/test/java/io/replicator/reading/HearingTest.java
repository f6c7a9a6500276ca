package io.replicator.reading;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.fixture.FakeClock;
import io.replicator.model.Clocks;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is said of a flow whose heartbeats stay away. */
class HearingTest {
  private static final Flow FLOW = Flow.parse("sqs/orders@us-east-1");
  private final FakeClock clock = new FakeClock();

  private Reading reading(boolean heardBefore) {
    Snapshot snapshot =
        new Snapshot(
            Snapshot.FORMAT,
            5,
            0,
            heardBefore ? clock.instant().toEpochMilli() : null,
            null,
            null,
            null,
            List.of());
    return new Reading(3, Instant.EPOCH, Optional.of(snapshot), Clocks.of(clock));
  }

  private Optional<Condition> judged(Reading reading, Hearing.Origin origin) {
    return Hearing.judge(
        FLOW, "the-topic", List.of(reading), origin, Hearing.CAPTURED, clock.instant());
  }

  @Test
  void aMomentOfSilenceSaysNothing() {
    Reading reading = reading(true);
    clock.pass(Duration.ofSeconds(19));
    for (Hearing.Origin origin : Hearing.Origin.values()) {
      assertThat(judged(reading, origin)).isEmpty();
    }
  }

  @Test
  void aLostLinkADeadRegionAndAMirrorThatLeavesATopicOutAreToldApart() {
    Reading reading = reading(true);
    clock.pass(Duration.ofSeconds(21));
    assertThat(judged(reading, Hearing.Origin.SILENT))
        .hasValueSatisfying(
            it -> {
              assertThat(it.state()).isEqualTo(FlowState.BLOCKED);
              assertThat(it.reason()).contains("nothing has been heard from us-east-1 since");
            });
    assertThat(judged(reading, Hearing.Origin.RUNS))
        .hasValueSatisfying(it -> assertThat(it.reason()).contains("none of them captures"));
    assertThat(judged(reading, Hearing.Origin.CAPTURES))
        .hasValueSatisfying(
            it -> assertThat(it.reason()).contains("the-topic-3", "status arrives"));
  }

  @Test
  void theOwnerThatTakesOverFromAKilledOneIsWaitedFor() {
    Reading reading = reading(true);
    // 30 s until the brokers give its keys away, 22 s until its last requests have landed.
    clock.pass(Duration.ofSeconds(52));
    assertThat(settled(reading, Hearing.Origin.CAPTURES)).isEmpty();
    assertThat(settled(reading, Hearing.Origin.SILENT)).as("nobody takes over").isPresent();
    clock.pass(Duration.ofSeconds(9));
    assertThat(settled(reading, Hearing.Origin.CAPTURES)).isPresent();
  }

  private Optional<Condition> settled(Reading reading, Hearing.Origin origin) {
    return Hearing.judge(FLOW, "the-topic", List.of(reading), origin, clock.instant());
  }

  @Test
  void whatWasPausedIsWaitedForAnewWhenItGoesOn() {
    Reading reading = reading(true);
    clock.pass(Duration.ofMinutes(30));
    reading.resumed();
    clock.pass(Duration.ofSeconds(19));
    assertThat(judged(reading, Hearing.Origin.CAPTURES)).isEmpty();
    clock.pass(Duration.ofSeconds(2));
    assertThat(judged(reading, Hearing.Origin.CAPTURES)).isPresent();
  }

  @Test
  void aRegionThatHasNotBegunYetIsNotMissed() {
    Reading reading = reading(false);
    clock.pass(Duration.ofHours(1));
    assertThat(judged(reading, Hearing.Origin.SILENT)).isEmpty();
    assertThat(judged(reading, Hearing.Origin.RUNS)).isEmpty();
    assertThat(judged(reading, Hearing.Origin.CAPTURES)).isPresent();
  }
}
