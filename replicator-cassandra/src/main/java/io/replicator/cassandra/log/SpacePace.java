package io.replicator.cassandra.log;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * How long the node's space for CDC lasts at the pace at which its log has grown lately: the time
 * over which the last segments with changes were begun, scaled to the whole space. An estimate, and
 * none until two were begun: a node that hardly writes has no pace. Thread-safe.
 */
final class SpacePace {
  private static final int MOST = 32;

  private final long spaceBytes;
  private final long segmentBytes;
  private final Deque<Instant> begun = new ArrayDeque<>();
  private Set<Long> known;

  /**
   * @param spaceBytes of all segments that wait; 0 if not known
   * @param segmentBytes of each
   */
  SpacePace(long spaceBytes, long segmentBytes) {
    this.spaceBytes = spaceBytes;
    this.segmentBytes = segmentBytes;
  }

  /**
   * Takes note of the segments that hold changes now; when the first ones were begun is not known.
   */
  synchronized void saw(Collection<Long> segments, Instant now) {
    if (known != null) {
      for (Long segment : segments) {
        if (!known.contains(segment)) {
          begun.addLast(now);
        }
      }
    }
    while (begun.size() > MOST) {
      begun.removeFirst();
    }
    known = new HashSet<>(segments);
  }

  /** Returns how long a change stays that is written now and never read; empty if not known. */
  synchronized Optional<Duration> lasts(Instant now) {
    if (begun.size() < 2 || spaceBytes <= 0 || segmentBytes <= 0) {
      return Optional.empty();
    }
    Duration seen = Duration.between(begun.getFirst(), now);
    double segments = (double) spaceBytes / segmentBytes;
    return Optional.of(Duration.ofMillis((long) (segments * seen.toMillis() / (begun.size() - 1))));
  }
}
