package io.replicator.cassandra.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's {@code cdc_raw} directory: hard links to the segments of its commit log, one for each
 * that may hold changes, which stay until we delete them or until there are too many, when
 * Cassandra deletes the oldest. Thread-safe.
 *
 * <p>The youngest segment with changes that everybody has done with is left where it is: Cassandra
 * would delete it first. So while it is there, nothing behind it was deleted.
 */
final class LogDirectory {
  private static final Logger LOG = LoggerFactory.getLogger(LogDirectory.class);
  private static final Pattern SEGMENT = Pattern.compile("CommitLog-\\d+-(\\d+)\\.log");
  private static final Pattern INDEX = Pattern.compile("CommitLog-\\d+-(\\d+)_cdc\\.idx");

  private final Path path;
  private final Map<String, Position> flows = new ConcurrentHashMap<>();
  private final Set<String> refused = ConcurrentHashMap.newKeySet();

  LogDirectory(Path path) {
    this.path = path;
  }

  Path path() {
    return path;
  }

  /** Returns the segments that are there by their ids. */
  NavigableMap<Long, Path> segments() throws IOException {
    return list(SEGMENT);
  }

  /** Returns the segments that hold changes, as far as the node has synced them, by their ids. */
  NavigableMap<Long, Path> indexes() throws IOException {
    return list(INDEX);
  }

  /**
   * Returns a time before which nothing was logged that is still there: a segment's id is when the
   * node was started, in milliseconds, and as many more as there were segments before it since.
   * Empty if there is none.
   */
  Optional<Instant> begin() throws IOException {
    return segments().keySet().stream()
        .findFirst()
        .map(id -> Collections.min(List.of(Instant.ofEpochMilli(id), Instant.now())));
  }

  private NavigableMap<Long, Path> list(Pattern pattern) throws IOException {
    NavigableMap<Long, Path> found = new TreeMap<>();
    try (Stream<Path> files = Files.list(path)) {
      files.forEach(
          file -> {
            Matcher matcher = pattern.matcher(file.getFileName().toString());
            if (matcher.matches()) {
              found.put(Long.parseLong(matcher.group(1)), file);
            }
          });
    }
    return found;
  }

  /** Tells when a segment was last written to; now, if it is deleted meanwhile. */
  static Instant lastWrite(Path segment) throws IOException {
    try {
      return Files.getLastModifiedTime(segment).toInstant();
    } catch (NoSuchFileException e) {
      return Instant.now();
    }
  }

  /**
   * Takes note up to where a flow's changes are durable; until it has said so nothing is deleted.
   *
   * @param position empty if nothing is to be deleted until the flow says it again
   */
  void durable(String flow, Optional<Position> position) {
    position.ifPresentOrElse(it -> flows.put(flow, it), () -> flows.remove(flow));
    refused.remove(flow);
  }

  /** Takes note that a flow reads nothing until an operator mends it: nothing is kept for it. */
  void refused(String flow) {
    flows.remove(flow);
    refused.add(flow);
  }

  /**
   * Deletes the segments that all flows have done with, but for the youngest of them that holds
   * changes; none while there is no such one: the node deletes those without changes by itself,
   * only later, and they take of the space for CDC until then. None while nothing stands at the
   * position or behind it.
   *
   * @param count how many flows there are
   */
  synchronized void clear(int count) throws IOException {
    if (flows.isEmpty() || flows.size() + refused.size() < count) {
      return;
    }
    long least = flows.values().stream().mapToLong(Position::segment).min().orElse(0);
    NavigableMap<Long, Path> indexes = indexes();
    NavigableMap<Long, Path> segments = segments();
    NavigableMap<Long, Path> done = segments.headMap(least, false);
    if (segments.tailMap(least, true).isEmpty()) {
      return;
    }
    Long anchor = null;
    for (Long id : done.descendingKeySet()) {
      if (indexes.containsKey(id)) {
        anchor = id;
        break;
      }
    }
    // Only in cdc_raw stands an index: without one this may be the node's commit log itself.
    for (Map.Entry<Long, Path> segment : done.entrySet()) {
      if (anchor != null && !segment.getKey().equals(anchor)) {
        // The segment goes first: an index alone tells nobody anything, and is deleted next time.
        Files.deleteIfExists(segment.getValue());
        LOG.debug("deleted {}", segment.getValue());
      }
    }
    for (Map.Entry<Long, Path> index : indexes.headMap(least, false).entrySet()) {
      if (!index.getKey().equals(anchor)) {
        Files.deleteIfExists(index.getValue());
      }
    }
  }
}
