package io.replicator.mirror;

import java.time.Duration;

/**
 * The pace at which the mirror is watched and started again.
 *
 * @param tick between two looks at MirrorMaker's own state
 * @param patience how long nothing may be heard from a peer that is up
 * @param lookInterval between two looks at a silent peer
 * @param firstPause before the first try to start again; each further pause is twice as long
 * @param longestPause the most of these
 * @param settled how long a start is given before it is judged
 * @param closeLimit how long closing may take
 */
record MirrorPace(
    Duration tick,
    Duration patience,
    Duration lookInterval,
    Duration firstPause,
    Duration longestPause,
    Duration settled,
    Duration closeLimit) {

  static final MirrorPace DEFAULT =
      new MirrorPace(
          Duration.ofSeconds(1),
          Duration.ofSeconds(20),
          Duration.ofSeconds(5),
          Duration.ofSeconds(1),
          Duration.ofSeconds(30),
          Duration.ofSeconds(60),
          Duration.ofSeconds(20));

  /** Returns the pause that follows one. */
  Duration after(Duration pause) {
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(longestPause) < 0 ? twice : longestPause;
  }
}
