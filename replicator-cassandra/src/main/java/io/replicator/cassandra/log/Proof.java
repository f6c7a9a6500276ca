package io.replicator.cassandra.log;

import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * The proof that no segment was deleted before a flow read it. The node deletes a segment without
 * changes by itself, and one with changes only when there is no space for more, the oldest first.
 * So while the youngest one with changes that was read is there, the anchor, nothing behind it was
 * deleted.
 *
 * <p>Where no anchor was had yet, a segment that was read to its end while this process looked on
 * proves as much, unless one with changes was seen behind it and is gone. Used by one thread.
 */
final class Proof {
  private final NavigableSet<Long> unread = new TreeSet<>();
  private long anchor;

  /**
   * @param anchor as it was remembered; 0 if there was none
   */
  Proof(long anchor) {
    this.anchor = anchor;
  }

  /** Returns the youngest segment with changes up to what is durable; 0 if there was none. */
  long anchor() {
    return anchor;
  }

  /**
   * Takes note of the segments that hold changes.
   *
   * @param durable of what is durable, not of what is read: an anchor must stand as long as that
   *     may be read again
   */
  void saw(NavigableSet<Long> withChanges, Position durable) {
    Long youngest = withChanges.floor(durable.segment());
    anchor = youngest == null ? anchor : youngest;
    unread.addAll(withChanges);
    unread.headSet(durable.segment(), true).clear();
  }

  /**
   * Tells whether segments may have been deleted unread, now that the one of a position is gone:
   * once for each loss, and where all were gone again with the next one, which shows how far it
   * reaches.
   *
   * @param segments that are there
   * @param read whether the one that is gone was open, and read to its end
   */
  boolean fails(Position at, NavigableMap<Long, ?> segments, boolean read) {
    if (anchor != 0) {
      boolean gone = !segments.containsKey(anchor);
      anchor = gone ? 0 : anchor;
      return gone;
    }
    Long next = segments.higherKey(at.segment());
    if (at.segment() == 0 || next == null) {
      return false; // it is the beginning, or there may be nothing that was not read
    }
    return !read || !unread.subSet(at.segment(), false, next, false).isEmpty();
  }
}
