package io.replicator.cassandra.log;

import java.time.Duration;
import java.time.Instant;
import java.util.NavigableMap;
import java.util.function.BooleanSupplier;

/**
 * The links of a node's segments, as far as they tell whether what it writes now would be seen: it
 * links each segment before it writes to it, so where none stands at the position or behind it, it
 * writes where nobody looks. Used by one thread.
 */
final class Links {
  /** For so long a folder may be empty before that is said: a node that starts links its first. */
  static final Duration BLIND = Duration.ofSeconds(3);

  private final BooleanSupplier runs;

  /** Since when nothing of what the node writes now has stood here; null while something does. */
  private Instant blindSince;

  /**
   * The segment behind which the node may be writing to one that has no link here, 0 if there is
   * none: it links the next one that it will need long before it writes to it, so that one which is
   * there and blank proves nothing.
   */
  private long unlinked;

  /** Whether the node was known to run while nothing of what it wrote stood here. */
  private boolean wrote;

  /**
   * @param runs tells whether the node is known to run, so that it writes somewhere
   */
  Links(BooleanSupplier runs) {
    this.runs = runs;
  }

  /**
   * Looks at them.
   *
   * @param at the segment of the position
   * @param passed the time by a clock that is never set
   */
  void look(NavigableMap<Long, ?> segments, long at, Instant passed) {
    if (segments.tailMap(at, true).isEmpty()) {
      blindSince = blindSince == null ? passed : blindSince;
      boolean writes = !passed.isBefore(blindSince.plus(LogReader.LATE)) && runs.getAsBoolean();
      wrote |= writes;
      unlinked = writes || isBlind(passed) ? at : unlinked;
      return;
    }
    blindSince = null;
    if (unlinked == 0 || segments.containsKey(unlinked)) {
      mended(); // the folder was away, and is here again
    }
  }

  /** Segments may be lost behind that of a position, and none there has content. */
  void lost(long at) {
    unlinked = at;
  }

  /** Tells whether a segment, which has content, is the first one behind links that are missing. */
  boolean standAgain(long segment) {
    return unlinked != 0 && segment > unlinked;
  }

  /** Begins anew; returns whether the node is known to have run while links were missing. */
  boolean mended() {
    boolean ran = wrote;
    unlinked = 0;
    wrote = false;
    return ran;
  }

  /** Tells whether the node may be writing to a segment that has no link here. */
  boolean areMissing() {
    return unlinked != 0;
  }

  /**
   * Tells whether nothing of what the node writes now has stood here for so long that it is no
   * restart of it.
   *
   * @param passed the time by a clock that is never set
   */
  boolean isBlind(Instant passed) {
    return unlinked != 0 || (blindSince != null && !passed.isBefore(blindSince.plus(BLIND)));
  }

  /**
   * Tells whether the segment that is read is the one that the node writes to, if nothing behind it
   * has content. If its link is gone, and the next one has none either, the node may be writing to
   * one between those that are there.
   *
   * @param isOpen whether what is written to that segment is read though its link is gone
   */
  boolean showTheEnd(NavigableMap<Long, ?> segments, long at, boolean isOpen) {
    return blindSince == null
        && unlinked == 0
        && (segments.containsKey(at) || (isOpen && segments.containsKey(at + 1)));
  }
}
