package io.replicator.config;

import io.replicator.spi.Settings;
import java.time.Duration;

/**
 * With what the agent creates its topics. A topic that exists keeps what it has.
 *
 * @param partitions of each change topic, unless its resource says otherwise
 * @param retention how long changes are kept: the longest outage that loses nothing
 */
public record TopicConfig(
    int partitions, short replicationFactor, int minInsyncReplicas, Duration retention) {
  static final int MAX_PARTITIONS = 1000;
  private static final Duration SHORTEST = Duration.ofMinutes(1);
  private static final Duration LONGEST = Duration.ofDays(3650);

  /** What production wants. */
  public static final TopicConfig DEFAULT = new TopicConfig(6, (short) 3, 2, Duration.ofDays(14));

  static TopicConfig read(Settings settings) {
    int partitions = (int) settings.number("partitions", DEFAULT.partitions, 1, MAX_PARTITIONS);
    short replicas = (short) settings.number("replication-factor", DEFAULT.replicationFactor, 1, 9);
    int least = Math.min(DEFAULT.minInsyncReplicas, replicas);
    int insync = (int) settings.number("min-insync-replicas", least, 1, 9);
    if (insync > replicas) {
      settings.problem(
          "min-insync-replicas", "must not be over replication-factor, which is " + replicas);
    }
    Duration retention = settings.duration("retention", DEFAULT.retention, SHORTEST, LONGEST);
    return new TopicConfig(partitions, replicas, insync, retention);
  }
}
