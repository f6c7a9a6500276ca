package io.replicator.mirror;

import java.time.Duration;
import java.util.Optional;

/**
 * A skew is by how much the clock of a peer's agent is ahead of this agent's, as far as that can be
 * known: between two bounds. Negative times are behind.
 *
 * @param agent whose clock
 * @param atLeast it is ahead
 * @param atMost likewise; empty if nobody tells
 */
public record Skew(String agent, Duration atLeast, Optional<Duration> atMost) {
  /** Clocks that are certainly further apart than this are worth a warning. */
  static final Duration TOLERATED = Duration.ofSeconds(5);

  /** Returns by how much it is probably ahead. */
  Duration middle() {
    return atMost.map(most -> atLeast.plus(most).dividedBy(2)).orElse(atLeast);
  }

  /** Returns by how much that may be wrong; empty if it is not known. */
  Optional<Duration> error() {
    return atMost.map(most -> most.minus(atLeast).dividedBy(2));
  }

  /** Tells whether the clocks are certainly further apart than is tolerated. */
  boolean isIntolerable() {
    return atLeast.compareTo(TOLERATED) > 0
        || atMost.filter(most -> most.negated().compareTo(TOLERATED) > 0).isPresent();
  }

  /** Returns what is wrong where it is intolerable, and what mends it. */
  String warning() {
    Duration off = middle();
    return "the clock of agent "
        + agent
        + " is "
        + error().map(error -> "").orElse("at least ")
        + seconds(off)
        + (off.isNegative() ? " behind" : " ahead of")
        + " this agent's"
        + error().map(error -> ", give or take " + seconds(error)).orElse("")
        + "; keep both by NTP or chrony: lag and replicated-up-to go by them";
  }

  private static String seconds(Duration time) {
    return Math.round(Math.abs(time.toMillis()) / 100.0) / 10.0 + " s";
  }
}
