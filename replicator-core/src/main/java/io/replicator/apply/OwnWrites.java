package io.replicator.apply;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The own writes to one parking partition, told from those of a former owner that died and of an
 * operator. Marks are {@link Mark}s. Thread-safe.
 */
final class OwnWrites {
  private final long front;
  private final Set<Long> known = new HashSet<>();

  /** Where each record that is being parked was read so far; -1 if nowhere. */
  private final Map<Long, Long> underWay = new HashMap<>();

  private final Set<Long> unseen = new HashSet<>();
  private long next;

  /**
   * @param front of the lane when its partition was taken: what is read from there on is its own to
   *     see to, unless it was parked before
   */
  OwnWrites(long front) {
    this.front = front;
  }

  /** Takes note of what was found in parking when the partition was taken. */
  synchronized void found(long offset, long mark) {
    next = Math.max(next, offset + 1);
    if (mark >= front) {
      known.add(mark);
    }
  }

  /** Tells, once, whether a record of the change topic was found in parking: it is seen to. */
  synchronized boolean takeKnown(long mark) {
    return !known.isEmpty() && known.remove(mark);
  }

  /** Takes note that a record is being parked. */
  synchronized void begun(long mark) {
    underWay.put(mark, -1L);
  }

  /**
   * Takes note that it is parked, and where.
   *
   * @return where it stands last, if a late one parked it, too: only that one is sure to stay
   */
  synchronized long done(long mark, long offset) {
    Long read = underWay.remove(mark);
    if (offset >= next) {
      unseen.add(offset);
    }
    return Math.max(offset, read == null ? -1 : read);
  }

  /** Tells whether a record that was read now was written by this agent, or is being written. */
  synchronized boolean isOwn(long offset, long mark) {
    next = Math.max(next, offset + 1);
    return unseen.remove(offset) || underWay.computeIfPresent(mark, (any, at) -> offset) != null;
  }

  /**
   * Tells whether this agent sees to what another parked: the other one was late, after the
   * partition had changed hands.
   */
  synchronized boolean isLate(long mark) {
    return mark >= front;
  }
}
