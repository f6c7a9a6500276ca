package io.replicator.lag;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * The latency of a flow's changes in the minute before the last full one and since: percentiles
 * from the source's write to the confirmed apply, in milliseconds. Negative times, which clocks
 * that disagree produce, count as 0. Thread-safe.
 */
public final class Latency {
  private static final Duration WINDOW = Duration.ofMinutes(1);
  private static final long MOST = Duration.ofDays(30).toMillis();

  private final InstantSource clock;
  private final Recorder recorder = new Recorder(2);
  private Histogram before = new Histogram(2);
  private Histogram since = new Histogram(2);
  private Histogram spare;
  private Instant turned;

  Latency(InstantSource clock) {
    this.clock = clock;
    this.turned = clock.instant();
  }

  void record(Duration latency) {
    recorder.recordValue(Math.min(MOST, Math.max(0, latency.toMillis())));
  }

  /**
   * Returns a percentile.
   *
   * @param percentile from 0 to 100
   * @return milliseconds, or -1 if nothing was applied
   */
  public synchronized long percentile(double percentile) {
    spare = recorder.getIntervalHistogram(spare);
    since.add(spare);
    if (turned.plus(WINDOW).isBefore(clock.instant())) {
      turned = clock.instant();
      before = since;
      since = new Histogram(2);
    }
    Histogram window = before.copy();
    window.add(since);
    return window.getTotalCount() == 0 ? -1 : window.getValueAtPercentile(percentile);
  }
}
