package io.replicator.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;

/**
 * The settings of topics on which the promises rest, by what a topic is for: what it is created
 * with, and what an existing one is held against.
 */
public final class TopicSettings {
  private static final int JOURNAL_BYTES = 64 << 20;

  /** Settings without which changes would be purged, merged or refused. */
  private static final List<String> MENDED =
      List.of(
          TopicConfig.CLEANUP_POLICY_CONFIG,
          TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG,
          TopicConfig.RETENTION_MS_CONFIG,
          TopicConfig.RETENTION_BYTES_CONFIG,
          TopicConfig.MAX_MESSAGE_BYTES_CONFIG);

  private final Map<String, String> common = new HashMap<>();
  private final Duration retention;

  public TopicSettings(int minInsyncReplicas, Duration retention) {
    this.retention = retention;
    common.put(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, Integer.toString(minInsyncReplicas));
    common.put(
        TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(KafkaClients.MAX_RECORD_BYTES));
  }

  /**
   * Returns those of a change or status topic: kept by time, never compacted, and stamped on
   * arrival, because a mirrored backlog that kept its old times would be purged at once.
   */
  public Map<String, String> mirrored() {
    Map<String, String> settings = new HashMap<>(common);
    settings.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
    settings.put(TopicConfig.RETENTION_MS_CONFIG, Long.toString(retention.toMillis()));
    settings.put(TopicConfig.RETENTION_BYTES_CONFIG, "-1");
    settings.put(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "LogAppendTime");
    return settings;
  }

  /** Returns those of the topic of dead letters, with room for the largest and its reason. */
  public Map<String, String> deadLetters() {
    Map<String, String> settings = new HashMap<>(common);
    settings.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
    settings.put(TopicConfig.RETENTION_MS_CONFIG, Long.toString(retention.toMillis()));
    settings.put(TopicConfig.RETENTION_BYTES_CONFIG, "-1");
    settings.put(
        TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
        Integer.toString(KafkaClients.MAX_RECORD_BYTES + KafkaClients.DEAD_LETTER_ROOM_BYTES));
    return settings;
  }

  /** Returns those of a topic that keeps the last word on each key. */
  public Map<String, String> compacted() {
    Map<String, String> settings = new HashMap<>(common);
    settings.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
    return settings;
  }

  /** Returns those of a parking topic, with room for the largest change and why it was parked. */
  public Map<String, String> parking() {
    Map<String, String> settings = compacted();
    settings.put(
        TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
        Integer.toString(KafkaClients.MAX_RECORD_BYTES + KafkaClients.DEAD_LETTER_ROOM_BYTES));
    // What came back is read again with the rest when a partition changes hands.
    settings.put(TopicConfig.SEGMENT_BYTES_CONFIG, Integer.toString(JOURNAL_BYTES / 4));
    settings.put(TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG, "0.3");
    return settings;
  }

  /**
   * Returns those of a ledger: the last word on each key, for so long that no change or dead letter
   * can come back which it would have to tell from a newer one.
   *
   * @param forEver whether what is there has no other memory than the ledger
   */
  public Map<String, String> ledger(boolean forEver) {
    Map<String, String> settings = new HashMap<>(common);
    if (forEver) {
      settings.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
    } else {
      settings.put(TopicConfig.CLEANUP_POLICY_CONFIG, "compact,delete");
      settings.put(
          TopicConfig.RETENTION_MS_CONFIG, Long.toString(retention.multipliedBy(2).toMillis()));
      settings.put(TopicConfig.RETENTION_BYTES_CONFIG, "-1");
    }
    settings.put(TopicConfig.SEGMENT_BYTES_CONFIG, Integer.toString(JOURNAL_BYTES / 4));
    settings.put(TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG, "0.3");
    return settings;
  }

  /** Returns those of a topic that keeps its newest {@value #JOURNAL_BYTES} bytes or more. */
  public Map<String, String> journal() {
    Map<String, String> settings = new HashMap<>(common);
    settings.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
    settings.put(TopicConfig.RETENTION_MS_CONFIG, "-1");
    settings.put(TopicConfig.RETENTION_BYTES_CONFIG, Integer.toString(JOURNAL_BYTES));
    settings.put(TopicConfig.SEGMENT_BYTES_CONFIG, Integer.toString(JOURNAL_BYTES / 4));
    return settings;
  }

  /** Tells whether the agents set a setting again where a topic has another value. */
  public static boolean isMended(String name) {
    return MENDED.contains(name);
  }

  /**
   * Tells whether a topic's value of a setting does as well as the wanted one. More replicas in
   * sync or a longer retention do: an operator may have raised them.
   */
  public static boolean serves(String name, String found, String wanted) {
    return switch (name) {
      case TopicConfig.RETENTION_MS_CONFIG, TopicConfig.RETENTION_BYTES_CONFIG ->
          atLeast(unbounded(found), unbounded(wanted));
      case TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG ->
          atLeast(Long.parseLong(found), Long.parseLong(wanted));
      case TopicConfig.SEGMENT_BYTES_CONFIG, TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG ->
          true; // a matter of disk alone
      default -> found.equals(wanted);
    };
  }

  private static boolean atLeast(long found, long wanted) {
    return found >= wanted;
  }

  /** -1 is for ever, or without end. */
  private static long unbounded(String value) {
    long number = Long.parseLong(value);
    return number < 0 ? Long.MAX_VALUE : number;
  }
}
