package io.replicator.config;

import io.replicator.spi.Settings;

/**
 * How a region settles a resource whose store gives hints.
 *
 * @param maxDeletes how many keys that were deleted here may be told to the others in a minute
 * @param receiveOnly whether what is found here is worth nothing against what the others have, as
 *     after the bucket was restored from an older copy
 */
public record SettleConfig(int maxDeletes, boolean receiveOnly) {
  private static final int MAX_DELETES = 1_000;
  private static final int MOST_DELETES = 1_000_000_000;

  static SettleConfig read(Settings settings) {
    return new SettleConfig(
        (int) settings.number("max-deletes", MAX_DELETES, 1, MOST_DELETES),
        settings.flag("receive-only", false));
  }
}
