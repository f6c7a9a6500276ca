package io.replicator.cassandra.log;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;

/**
 * The gaps in a node's log: what its directory tells of changes that went unread. Used by one
 * thread.
 */
final class Gaps {
  private final Proof proof;
  private final InstantSource clock;

  Gaps(Proof proof, InstantSource clock) {
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

  private Instant begun(Map.Entry<Long, Path> next) throws IOException {
    return next == null ? clock.instant() : LogDirectory.lastWrite(next.getValue());
  }
}
