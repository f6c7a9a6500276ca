package io.replicator.cassandra.log;

import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * The proof that no segment was deleted before a flow read it. The node deletes a segment without
 * changes by itself, and one with changes only when there is no space for more, the oldest first.
 * So while the youngest one with changes that was read is there, the anchor, nothing behind it was
 * deleted. That is looked at all the time: a node that was killed links a segment again that it
 * replays, so an anchor may come back without those that were deleted with it.
 *
 * <p>Where no anchor was had yet, a segment that was read to its end while this process looked on
 * proves as much, unless one with changes was seen behind it and is gone. Used by one thread.
 */
final class Proof {
  private final NavigableSet<Long> unread = new TreeSet<>();
  private long anchor;
  private long durableSegment;

  /**
   * @param anchor as it was remembered; 0 if there was none
   */
  Proof(long anchor) {
    this.anchor = anchor;
  }

  /**
   * Returns the youngest segment with changes up to what is durable, or where that is gone the
   * oldest behind it; 0 if there was none.
   */
  long anchor() {
    return anchor;
  }

  /**
   * Takes note of the segments, and tells whether some may have been deleted unread: once for each
   * loss.
   *
   * @param segments that are there, looked at before those with changes were: another flow may
   *     delete the anchor between the two for a younger one, which is among them then
   * @param withChanges those that hold changes
   * @param durable of what is durable, not of what is read: an anchor must stand as long as that
   *     may be read again
   */
  boolean saw(Set<Long> segments, NavigableSet<Long> withChanges, Position durable) {
    NavigableSet<Long> there = new TreeSet<>(withChanges);
    there.retainAll(segments);
    unread.headSet(durable.segment(), true).clear();
    durableSegment = durable.segment();
    Long youngest = there.floor(durable.segment());
    anchor = youngest == null ? anchor : youngest;
    boolean lost = !segments.contains(durable.segment()) && isGone(segments, true);
    unread.addAll(there.tailSet(durable.segment(), false));
    return lost;
  }

  /**
   * Tells whether the anchor is gone, and the oldest with changes that was seen behind it, which
   * would be an anchor as well. Where not all of the anchor is durable yet it stays what it is, so
   * that another life, which cannot read it any more, tells that the rest is missing.
   *
   * @param isRead whether all of the anchor is read, or can be
   */
  private boolean isGone(Set<Long> segments, boolean isRead) {
    if (anchor == 0 || segments.contains(anchor)) {
      return false;
    }
    boolean alone = isRead && !unread.isEmpty() && segments.contains(unread.first());
    if (alone && anchor >= durableSegment) {
      return false;
    }
    anchor = alone ? unread.first() : 0;
    unread.retainAll(segments); // it is told of the others
    return !alone;
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
      return isGone(segments.keySet(), read || anchor < at.segment());
    }
    Long next = segments.higherKey(at.segment());
    if (at.segment() == 0 || next == null) {
      return false; // it is the beginning, or there may be nothing that was not read
    }
    return !read || !unread.subSet(at.segment(), false, next, false).isEmpty();
  }
}
