package io.replicator.cassandra.log;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;

/**
 * The gaps in a node's log: what its directory tells of changes that were never there, or went
 * unread. Used by one thread.
 */
final class Gaps {
  /** A node that discards a segment without changes leaves it a stray for a moment. */
  private static final Duration MOMENT = Duration.ofSeconds(1);

  private final LogDirectory log;
  private final Proof proof;
  private final InstantSource clock;

  Gaps(LogDirectory log, Proof proof, InstantSource clock) {
    this.log = log;
    this.proof = proof;
    this.clock = clock;
  }

  /** Tells what is missing now that the segment of a position is gone; empty if nothing is. */
  Optional<String> gone(Position at, NavigableMap<Long, Path> segments, boolean read)
      throws IOException {
    if (!proof.fails(at, segments, read)) {
      return Optional.empty();
    }
    return Optional.of(
        "the node deleted segments of its commit log, and nothing proves that they were read before"
            + " (it does so for want of space, or somebody else did): what was written from "
            + WriteTime.begin(segments, at.segment())
            + " to "
            + begun(segments.higherEntry(at.segment()))
            + " may be missing");
  }

  /**
   * Tells what is missing because the node ran without CDC while nobody read it; empty if nothing
   * shows that.
   *
   * @param at where reading goes on; where it begins at the beginning, nothing can be missing
   * @see LogDirectory#strays
   */
  Optional<String> whileNobodyRead(Position at) throws IOException {
    SortedMap<Long, Path> strays =
        log.strays(clock.instant().minus(MOMENT)).tailMap(at.segment(), true);
    if (at.segment() == 0 || strays.isEmpty()) {
      return Optional.empty();
    }
    Path last = strays.get(strays.lastKey());
    return Optional.of(
        "the node was started without CDC while nobody read it ("
            + last.getFileName()
            + " left its commit log unseen): what was written from "
            + LogDirectory.lastWrite(strays.get(strays.firstKey()))
            + " to "
            + begun(log.segments().higherEntry(strays.lastKey()))
            + " may be missing");
  }

  private Instant begun(Map.Entry<Long, Path> next) throws IOException {
    return next == null ? clock.instant() : LogDirectory.lastWrite(next.getValue());
  }
}
