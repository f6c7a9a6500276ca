package io.replicator.apply;

import io.replicator.model.OnFailure;
import java.time.Duration;

/**
 * The tries of one change: how often it failed, and how much of that is to be blamed on itself. One
 * is if the target answered for another since the one before; what fails while it answers for
 * nobody may be the target's fault. Goes with the change from hand to hand.
 */
final class Tries {
  /** A call takes a minute at most, and a pause ten seconds; what is longer was no try. */
  private static final long LONGEST = Duration.ofSeconds(70).toNanos();

  /** How often it failed in a row. */
  int attempts;

  /** Since when it fails for a reason of its own, in steady nanoseconds; 0 if it does not. */
  private long since;

  /** When it failed last, likewise; 0 if never. */
  private long last;

  /** Whether the target took others while this failed, and would while it fails again. */
  boolean alone;

  private int blamed;
  private long blamedNanos;

  /**
   * Takes note that it failed.
   *
   * @param itsOwnFault false if that may be the target's; of the first failure it cannot be told
   */
  void failed(long now, boolean itsOwnFault) {
    attempts++;
    since = since == 0 ? now : since;
    if (itsOwnFault || attempts == 1) {
      blamed++;
    }
    if (itsOwnFault && last != 0) {
      blamedNanos += Math.min(now - last, LONGEST);
    }
    last = now;
  }

  /** Takes note that it was refused as all are, or not tried because they would be. */
  void refused(long now) {
    if (!alone) {
      since = 0;
    }
    last = now;
  }

  /** Returns when it failed last; a default if never. */
  long last(long never) {
    return last == 0 ? never : last;
  }

  /** Returns for how long it has been failing, whoever is to be blamed. */
  Duration failingFor() {
    return Duration.ofNanos(since == 0 ? 0 : last - since);
  }

  /** Tells whether what is blamed on it is all that it is granted. */
  boolean areSpent(OnFailure onFailure) {
    return onFailure.isSpent(blamed, Duration.ofNanos(blamedNanos));
  }
}
