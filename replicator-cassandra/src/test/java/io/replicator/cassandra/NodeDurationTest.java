package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Lengths of time as nodes tell them. */
class NodeDurationTest {
  @Test
  void howLongWritersAreSparedASyncIsSaidByTheNodeOrByItsPeriod() {
    assertThat(NodeDuration.syncLag(Map.of("periodic_commitlog_sync_lag_block", "15s")))
        .isEqualTo(Duration.ofSeconds(15));
    assertThat(
            NodeDuration.syncLag(
                Map.of(
                    "commitlog_sync_period", "10ms", "periodic_commitlog_sync_lag_block", "null")))
        .isEqualTo(Duration.ofMillis(15));
    assertThat(NodeDuration.syncLag(Map.of())).isEqualTo(Duration.ofSeconds(15));
  }

  @Test
  void theUnitCounts() {
    assertThat(NodeDuration.parse("10s")).contains(Duration.ofSeconds(10));
    assertThat(NodeDuration.parse("10000ms")).contains(Duration.ofSeconds(10));
    assertThat(NodeDuration.parse("2 m")).contains(Duration.ofMinutes(2));
    assertThat(NodeDuration.parse("500us")).contains(Duration.ofNanos(500_000));
    assertThat(NodeDuration.parse("null")).isEmpty();
  }

  @Test
  void theSyncPeriodIsToldUnderEitherName() {
    assertThat(NodeDuration.syncPeriod(Map.of("commitlog_sync_period", "10s")))
        .contains(Duration.ofSeconds(10));
    assertThat(NodeDuration.syncPeriod(Map.of("commitlog_sync_period_in_ms", "10000")))
        .contains(Duration.ofSeconds(10));
    assertThat(NodeDuration.syncPeriod(Map.of())).isEmpty();
  }
}
