package io.replicator.cassandra.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.NavigableMap;

/**
 * The time in which a segment was written, as far as its files tell.
 *
 * @param from when the one before it was last written to
 * @param to when it was last written to itself
 */
record WriteTime(Instant from, Instant to) {
  /** Users may set timestamps; one that is further from the log's own time is none of a clock. */
  private static final Duration PLAUSIBLE = Duration.ofMinutes(5);

  /**
   * Returns when a segment was begun: when the one before it was last written to. Where that is
   * gone, its id tells when its node was started, to which each segment adds one millisecond, so it
   * was begun no earlier.
   */
  static Instant begin(NavigableMap<Long, Path> segments, long segment) throws IOException {
    Map.Entry<Long, Path> before = segments.lowerEntry(segment);
    Instant started = Instant.ofEpochMilli(segment);
    if (before == null) {
      return started;
    }
    try {
      Instant last = Files.getLastModifiedTime(before.getValue()).toInstant();
      return last.isAfter(started) ? last : started;
    } catch (NoSuchFileException e) {
      return started;
    }
  }

  /**
   * Returns when an entry was written.
   *
   * @param micros its timestamp, since the epoch, as whoever wrote it claims
   */
  Instant of(long micros) {
    Instant claimed =
        Instant.ofEpochSecond(
            Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1_000L);
    return claimed.isBefore(from.minus(PLAUSIBLE)) || claimed.isAfter(to.plus(PLAUSIBLE))
        ? to
        : claimed;
  }
}
