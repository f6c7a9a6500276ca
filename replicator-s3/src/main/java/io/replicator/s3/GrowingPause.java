package io.replicator.s3;

import java.time.Duration;

/** A growing pause is the time to wait after one failure more: 200 ms, doubled up to 10 s. */
final class GrowingPause {
  private static final long FIRST = 200;
  private static final long LONGEST = 10_000;

  private long next = FIRST;

  /** Returns how long to wait now. */
  synchronized Duration next() {
    long pause = next;
    next = Math.min(LONGEST, 2 * next);
    return Duration.ofMillis(pause);
  }

  /** Begins anew, after a success. */
  synchronized void reset() {
    next = FIRST;
  }
}
