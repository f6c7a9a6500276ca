package io.replicator.apply;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * What the target lacks, by the reasons that its changes fail for, and how long that has been so.
 *
 * <p>Changes wait for it while there is room for them. Where there is none, and it was lacking for
 * a minute, all that fail for the same reason are given up at once, so that those that need nothing
 * of it go on. Thread-safe.
 */
final class Lacks {
  private static final long PATIENCE = Duration.ofMinutes(1).toNanos();

  /**
   * What nobody met for so long was mended meanwhile; if it comes again, it is waited for again.
   */
  private static final long FORGOTTEN = Duration.ofMinutes(10).toNanos();

  private static final class Lack {
    private long since;
    private long last;
    private boolean givenUp;
  }

  private final LongSupplier nanos;
  private final Map<String, Lack> byReason = new HashMap<>();

  /**
   * @param nanos the time that passes, as of {@link System#nanoTime}
   */
  Lacks(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /**
   * Takes note that a change failed for a reason, and tells whether it is not to be waited for.
   *
   * @param crowded whether what waits leaves little room for others; a backlog of others does not
   *     count
   */
  synchronized boolean isGivenUp(String reason, boolean crowded) {
    long now = nanos.getAsLong();
    byReason.values().removeIf(lack -> now - lack.last > FORGOTTEN);
    Lack lack =
        byReason.computeIfAbsent(
            reason,
            any -> {
              Lack found = new Lack();
              found.since = now;
              return found;
            });
    lack.last = now;
    lack.givenUp |= crowded && now - lack.since >= PATIENCE;
    return lack.givenUp;
  }
}
