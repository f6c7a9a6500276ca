package io.replicator.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.fixture.FakeClock;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is said of a flow whose heartbeats stay away. */
class HearingTest {
  private static final Flow FLOW = Flow.parse("sqs/orders@us-east-1");
  private final FakeClock clock = new FakeClock();

  private Lane lane(boolean heardBefore) {
    Journal.Snapshot snapshot =
        new Journal.Snapshot(
            Journal.FORMAT,
            5,
            0,
            heardBefore ? clock.instant().toEpochMilli() : null,
            null,
            null,
            null,
            List.of());
    return new Lane(
        3,
        5,
        Instant.EPOCH,
        new Journal.Memory(Optional.of(snapshot), new ArrayDeque<>()),
        Optional.empty(),
        new Window(Bounds.MOST),
        null,
        clock);
  }

  private Optional<Condition> judged(Lane lane, Hearing.Origin origin) {
    return Hearing.judge(FLOW, "the-topic", List.of(lane), origin, clock.instant());
  }

  @Test
  void aMomentOfSilenceSaysNothing() {
    Lane lane = lane(true);
    clock.pass(Duration.ofSeconds(19));
    for (Hearing.Origin origin : Hearing.Origin.values()) {
      assertThat(judged(lane, origin)).isEmpty();
    }
  }

  @Test
  void aLostLinkADeadRegionAndAMirrorThatLeavesATopicOutAreToldApart() {
    Lane lane = lane(true);
    clock.pass(Duration.ofSeconds(21));
    assertThat(judged(lane, Hearing.Origin.SILENT))
        .hasValueSatisfying(
            it -> {
              assertThat(it.state()).isEqualTo(FlowState.BLOCKED);
              assertThat(it.reason()).contains("nothing has been heard from us-east-1 since");
            });
    assertThat(judged(lane, Hearing.Origin.RUNS))
        .hasValueSatisfying(it -> assertThat(it.reason()).contains("none of them captures"));
    assertThat(judged(lane, Hearing.Origin.CAPTURES))
        .hasValueSatisfying(
            it -> assertThat(it.reason()).contains("the-topic-3", "status arrives"));
  }

  @Test
  void aRegionThatHasNotBegunYetIsNotMissed() {
    Lane lane = lane(false);
    clock.pass(Duration.ofHours(1));
    assertThat(judged(lane, Hearing.Origin.SILENT)).isEmpty();
    assertThat(judged(lane, Hearing.Origin.RUNS)).isEmpty();
    assertThat(judged(lane, Hearing.Origin.CAPTURES)).isPresent();
  }
}
