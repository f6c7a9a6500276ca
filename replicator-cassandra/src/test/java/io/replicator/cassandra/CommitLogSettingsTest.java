package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How long a node keeps acknowledged writes where its capture does not see them. */
class CommitLogSettingsTest {
  private static Duration delay(Map<String, String> values) {
    return new CommitLogSettings(values).delay();
  }

  @Test
  void aLogThatIsMappedIsSeenAtOnce() {
    assertThat(delay(Map.of("commitlog_sync_period", "10s"))).isZero();
    assertThat(delay(Map.of("commitlog_disk_access_mode", "mmap"))).isZero();
  }

  @Test
  void aBufferedLogIsSeenWhenASyncThatMayLagHasCome() {
    Map<String, String> direct =
        Map.of("commitlog_disk_access_mode", "direct", "commitlog_sync_period", "10s");
    assertThat(delay(direct)).isEqualTo(Duration.ofSeconds(15));
    Map<String, String> compressed =
        Map.of(
            "commitlog_compression.class_name",
            "LZ4Compressor",
            "commitlog_sync",
            "periodic",
            "commitlog_sync_period",
            "200ms",
            "periodic_commitlog_sync_lag_block",
            "2s");
    assertThat(delay(compressed)).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void compressionIsToldInAnotherWayByEachVersion() {
    assertThat(new CommitLogSettings(Map.of("commitlog_compression", "null")).compresses())
        .isFalse();
    assertThat(new CommitLogSettings(Map.of("commitlog_compression", "LZ4Compressor")).compresses())
        .as("4.0")
        .isTrue();
    assertThat(
            new CommitLogSettings(Map.of("commitlog_compression.class_name", "LZ4Compressor"))
                .compresses())
        .as("4.1 and later")
        .isTrue();
  }

  @Test
  void aNodeThatSyncsBeforeItAcknowledgesKeepsNothing() {
    for (String sync : new String[] {"batch", "group"}) {
      assertThat(delay(Map.of("commitlog_disk_access_mode", "standard", "commitlog_sync", sync)))
          .isZero();
    }
  }
}
