package io.replicator.cassandra;

import java.time.Duration;
import java.util.Map;

/**
 * The settings by which a node writes its commit log, as {@code system_views.settings} has them:
 * how long an acknowledged write may be where nobody else sees it.
 *
 * @param values by their names
 */
public record CommitLogSettings(Map<String, String> values) {
  private static final String COMPRESSION = "commitlog_compression";
  private static final String PERIODIC = "periodic";

  /** Tells whether it compresses its log. Since 4.1 the table has nested settings one by one. */
  boolean compresses() {
    return isSet(COMPRESSION) || isSet(COMPRESSION + ".class_name");
  }

  private boolean isSet(String name) {
    return !values.getOrDefault(name, "null").equals("null");
  }

  /** Tells whether it acknowledges writes that are not synced yet. */
  boolean isPeriodic() {
    return values.getOrDefault("commitlog_sync", PERIODIC).equals(PERIODIC);
  }

  private boolean isMapped() {
    String mode = values.getOrDefault("commitlog_disk_access_mode", "");
    return !compresses() && (mode.isEmpty() || mode.equals("mmap") || mode.equals("legacy"));
  }

  /**
   * Returns how long the node may keep an acknowledged write where nobody else sees it: not at all
   * if it maps its log into memory, or syncs before it acknowledges; else until the next sync. That
   * begins when the present one ends, if it takes longer than its period, and by then the node
   * acknowledges nothing more once the last one is older than the lag that it may have.
   */
  public Duration delay() {
    return isMapped() || !isPeriodic() ? Duration.ZERO : NodeDuration.syncLag(values);
  }
}
