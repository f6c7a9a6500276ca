package io.replicator.cassandra.log;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The frontier of reading: tells up to which time a log is read, as looks find nothing more to
 * read. Used by one thread.
 *
 * <p>A node acknowledges writes before it marks their section's end, and marks none while it syncs,
 * however long that takes. Where nothing stands behind the last section, all is read. Where
 * something does, all that stood there at a look is read two sections later: the node does not
 * begin to mark the second before it has marked the first, which it had not at the look, so
 * whatever was there then got its place before the second's end.
 */
final class Frontier {
  /**
   * An entry may stand a while behind the place of one that is not written yet, which looks empty.
   */
  private static final Duration SLACK = LogReader.LATE;

  private Instant here;
  private Instant oneBefore;
  private Instant twoBefore;

  /** Nothing stands behind the last section. */
  Instant clear(Instant now) {
    moved();
    return now.minus(SLACK);
  }

  /** Something stands behind the last section; returns up to when all is read, if that is known. */
  Optional<Instant> pending(Instant now) {
    here = now;
    return Optional.ofNullable(twoBefore);
  }

  /** A section was read. */
  void read() {
    twoBefore = oneBefore == null ? twoBefore : oneBefore;
    oneBefore = here;
    here = null;
  }

  /** Reading goes on in another segment, whose sections tell nothing of those before. */
  void moved() {
    here = null;
    oneBefore = null;
    twoBefore = null;
  }
}
