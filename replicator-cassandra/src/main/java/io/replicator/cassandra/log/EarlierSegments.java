package io.replicator.cassandra.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The segments before the one that is read, as far as they tell whether the node writes to them
 * now: then its ids went back, and what it writes is not read. A node's ids rise, but where its
 * commit log was moved away after it once ran with its clock ahead ({@code
 * CommitLogSegment.idBase}). Used by one thread.
 *
 * <p>A file is compared with nothing but itself as it was before, for the clock of the machine may
 * be set at any time. What the node replays it links again, and does not write to; a segment that
 * it has left it may sync once more, so one change is no proof, and none is where it writes to what
 * is read.
 */
final class EarlierSegments {
  private static final Logger LOG = LoggerFactory.getLogger(EarlierSegments.class);

  static final Duration LOOK = Duration.ofSeconds(1);

  /** From the first change to one that proves something: more than a node's last sync needs. */
  static final Duration PROOF = Duration.ofSeconds(5);

  /** So long nothing is deleted at first: a node syncs every 10 s where nothing else is set. */
  static final Duration FIRST = Duration.ofSeconds(15);

  private record Seen(FileTime written, long size) {}

  private Map<Long, Seen> seen = Map.of();
  private Instant begun;
  private Instant looked;

  /** When the first change was seen since something was read; null if none was. */
  private Instant changed;

  private OptionalLong written = OptionalLong.empty();

  /**
   * Looks at them, no more often than once a second.
   *
   * @param at the segment of the position
   * @param passed the time by a clock that is never set
   */
  void look(NavigableMap<Long, Path> segments, long at, Instant passed) throws IOException {
    begun = begun == null ? passed : begun;
    if (looked != null && passed.isBefore(looked.plus(LOOK))) {
      return;
    }
    looked = passed;
    Map<Long, Seen> present = new HashMap<>();
    for (Map.Entry<Long, Path> segment : segments.headMap(at, false).entrySet()) {
      try {
        BasicFileAttributes file =
            Files.readAttributes(segment.getValue(), BasicFileAttributes.class);
        Seen now = new Seen(file.lastModifiedTime(), file.size());
        present.put(segment.getKey(), now);
        if (!now.equals(seen.getOrDefault(segment.getKey(), now))) {
          changed(segment.getKey(), passed);
        }
      } catch (NoSuchFileException e) {
        LOG.debug("{} is gone", segment.getValue());
      }
    }
    seen = present;
  }

  private void changed(long id, Instant passed) {
    changed = changed == null ? passed : changed;
    if (!passed.isBefore(changed.plus(PROOF))) {
      written = OptionalLong.of(id);
    }
  }

  /** Something is read at the position or behind it: there the node writes, as far as is known. */
  void read() {
    changed = null;
    written = OptionalLong.empty();
  }

  /** Returns one that the node writes to now; empty if nothing proves that it does. */
  OptionalLong written() {
    return written;
  }

  /**
   * Tells whether the node may be writing to one of them: none is to be deleted.
   *
   * @param passed the time by a clock that is never set
   */
  boolean mayBeWritten(Instant passed) {
    return changed != null || begun == null || passed.isBefore(begun.plus(FIRST));
  }
}
