package io.replicator.cassandra.log;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;

/**
 * The progress of a flow through its node's log, as its position file keeps it: up to where its
 * changes are durable, what proves that nothing was deleted unread up to there, and what is missing
 * where nothing does. Used by the reading thread, and by who closes it.
 */
final class Progress {
  /** While nothing is written, the time up to which all is durable is kept no more often. */
  private static final Duration KEEP = Duration.ofMinutes(1);

  private final PositionFile file;
  private final Handed handed;
  private final LogHealth health;
  private final InstantSource clock;
  private final Proof proof;
  private volatile PositionFile.Content saved;

  /** Whether something was lost since T moved: it is not known yet up to when. */
  private boolean lossOpen;

  /** Whether changes had been captured before that: a segment with some was seen. */
  private boolean hadAnchor;

  /**
   * @param saved as the file has it
   * @param handed what is under way
   * @param clock the time of day
   */
  Progress(
      PositionFile file,
      PositionFile.Content saved,
      Handed handed,
      LogHealth health,
      InstantSource clock) {
    this.file = file;
    this.saved = saved;
    this.handed = handed;
    this.health = health;
    this.clock = clock;
    this.proof = new Proof(saved.proof());
  }

  /** Tells whether it is not known up to when all is durable, nor ever was. */
  boolean isNew() {
    return upTo().equals(Handed.NO_TIME);
  }

  /** Returns the time before which all is durable: as it is kept, until it is known anew. */
  private Instant upTo() {
    Instant known = handed.upTo();
    return known.equals(Handed.NO_TIME) ? saved.upTo() : known;
  }

  /** Says from when on something may be missing: what was written before is durable. */
  String since() {
    return isNew() ? "before it was read to its end" : upTo().toString();
  }

  /** All that was logged is read: what is lost from now on is another loss. */
  void caughtUp() {
    lossOpen = false;
  }

  /**
   * The segment of a position is gone; as {@link LogListener#missing}. Where something may be lost
   * it is to be saved at once.
   */
  boolean missing(Position position, NavigableMap<Long, Path> segments, boolean read)
      throws IOException {
    boolean anchored = proof.anchor() != 0;
    boolean lost = proof.fails(position, segments, read);
    if (lost) {
      Map.Entry<Long, Path> next = segments.higherEntry(position.segment());
      lost(anchored, next == null ? clock.instant() : LogDirectory.lastWrite(next.getValue()));
    }
    return lost;
  }

  /** Returns whether something may be lost, as far as what is written now shows. */
  boolean linkedAgain(boolean wrote) {
    boolean lost = lossOpen || wrote;
    if (lost) {
      lost(true, clock.instant());
    }
    return lost;
  }

  private void lost(boolean anchored, Instant before) {
    hadAnchor = lossOpen ? hadAnchor : anchored;
    lossOpen = true;
    health.deleted(since(), before, hadAnchor);
  }

  /**
   * Makes a position durable with what proves it.
   *
   * @param durable up to where all was durable before the segments were looked at
   * @param segments that are there
   * @param withChanges those that hold changes, looked at after the others
   * @param atOnce whether a time that is little later is reason enough
   */
  void save(Position durable, Set<Long> segments, NavigableSet<Long> withChanges, boolean atOnce)
      throws IOException {
    if (proof.saw(segments, withChanges, durable)) {
      lost(true, clock.instant());
    }
    PositionFile.Content content =
        new PositionFile.Content(durable, proof.anchor(), upTo(), health.gap());
    if (atOnce ? !content.equals(saved) : content.differs(saved, KEEP)) {
      file.write(content);
      saved = content;
      health.writes();
    }
  }
}
