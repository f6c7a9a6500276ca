package io.replicator.cassandra.log;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a look found in the segments behind the one that is read.
 *
 * @param withContent how many of them have a section, up to two
 * @param first the first that has one; 0 if none has
 * @param pending whether one without a section has an entry, or one was deleted meanwhile
 */
record LaterSegments(int withContent, long first, boolean pending) {
  private static final Logger LOG = LoggerFactory.getLogger(LaterSegments.class);

  /** Looks into those behind a segment. */
  static LaterSegments look(NavigableMap<Long, Path> segments, long segment) throws IOException {
    int count = 0;
    long first = 0;
    boolean pending = false;
    for (Map.Entry<Long, Path> later : segments.tailMap(segment, false).entrySet()) {
      boolean hasContent = false;
      try {
        Optional<SegmentFile> opened = SegmentFile.open(later.getValue());
        if (opened.isPresent()) {
          try (SegmentFile file = opened.get()) {
            hasContent = file.section(0, false).isPresent();
            pending |= !hasContent && file.isPending(0);
          }
        }
      } catch (NoSuchFileException e) {
        LOG.debug("{} is gone", later.getValue());
        pending = true; // what stood in it nobody knows any more
      } catch (DamagedLogException e) {
        hasContent = true;
      }
      if (hasContent) {
        first = count == 0 ? later.getKey() : first;
        count++;
      }
      if (count == 2) {
        break;
      }
    }
    return new LaterSegments(count, first, pending);
  }

  boolean haveContent() {
    return withContent > 0;
  }
}
