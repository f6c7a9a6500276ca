package io.replicator.lag;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.HdrHistogram.Histogram;

/**
 * The latency of a flow's changes in the last full minute and since: percentiles from the source's
 * write to the confirmed apply, in milliseconds. Negative times, which clocks that disagree
 * produce, count as 0. Thread-safe.
 */
public final class Latency {
  private static final Duration WINDOW = Duration.ofMinutes(1);
  private static final long MOST = Duration.ofDays(30).toMillis();

  private final InstantSource clock;
  private Histogram before = new Histogram(2);
  private Histogram since = new Histogram(2);
  private Instant turned;

  Latency(InstantSource clock) {
    this.clock = clock;
    this.turned = clock.instant();
  }

  synchronized void record(Duration latency) {
    turn();
    since.recordValue(Math.min(MOST, Math.max(0, latency.toMillis())));
  }

  /**
   * Returns a percentile.
   *
   * @param percentile from 0 to 100
   * @return milliseconds, or -1 if nothing was applied
   */
  public synchronized long percentile(double percentile) {
    turn();
    Histogram window = before.copy();
    window.add(since);
    return window.getTotalCount() == 0 ? -1 : window.getValueAtPercentile(percentile);
  }

  private void turn() {
    Instant now = clock.instant();
    Duration passed = Duration.between(turned, now);
    if (!passed.isNegative() && passed.compareTo(WINDOW) < 0) {
      return;
    }
    // After two minutes without anything the last full minute was an empty one.
    before = passed.compareTo(WINDOW.multipliedBy(2)) < 0 ? since : new Histogram(2);
    since = new Histogram(2);
    turned = now;
  }
}
