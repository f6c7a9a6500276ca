package io.replicator.it;

import java.time.Duration;

/**
 * A fault is one thing that goes wrong for a while.
 *
 * @param at when, from the beginning
 * @param lasts how long, until it is mended
 * @param kind what happens
 * @param region where
 * @param whom a process of the region, or a network there: {@code link}, by which the other region
 *     reads it, or the way of its agents to a store
 */
record Fault(Duration at, Duration lasts, Kind kind, String region, String whom) {
  /** What can happen. */
  enum Kind {
    /** A process is killed (-9), and started again at the end. */
    KILL,
    /** A process stands still (SIGSTOP). */
    PAUSE,
    /** A network passes nothing; what was under way arrives at the end. */
    CUT,
    /** A network passes nothing; what was under way is lost, connections stay half open. */
    STALL,
    /** A network is slow. */
    SLOW,
    /** All connections of a network break at once, again and again. */
    RESET,
    /** Every request is answered 500, 503 or throttled. */
    ERRORS
  }

  Duration end() {
    return at.plus(lasts);
  }

  @Override
  public String toString() {
    return "%6.1f s %-6s %-9s %-17s for %.1f s"
        .formatted(at.toMillis() / 1e3, kind, region, whom, lasts.toMillis() / 1e3);
  }
}
