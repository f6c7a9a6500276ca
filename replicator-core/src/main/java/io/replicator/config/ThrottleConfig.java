package io.replicator.config;

import io.replicator.spi.Settings;

/**
 * How fast each flow of a resource is applied, in each agent.
 *
 * @param changes a second; 0 for no limit
 * @param bytes a second; 0 for no limit
 */
public record ThrottleConfig(long changes, long bytes) {
  /** As fast as the target takes them. */
  public static final ThrottleConfig NONE = new ThrottleConfig(0, 0);

  private static final long MOST = 1_000_000_000_000L;

  static ThrottleConfig read(Settings settings) {
    return new ThrottleConfig(
        settings.number("apply-rate", 0, 1, MOST), settings.number("apply-bytes", 0, 1, MOST));
  }
}
