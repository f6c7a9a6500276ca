package io.replicator.it;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A cell record is what services wrote to the cells of a table in several regions, and the oracle
 * of what every region must show in the end. It knows Cassandra's rule and nothing of Replicator:
 * the latest timestamp wins; of equal ones a deletion, and of equal values the greater, byte by
 * byte.
 *
 * <p>A write that was not confirmed has happened or not. Thread-safe.
 */
final class CellRecord {
  /**
   * A write of a cell.
   *
   * @param value empty for a deletion, of whatever held the cell
   * @param timestamp in microseconds, as the write gave it
   * @param millis when it was confirmed; empty if it was not
   */
  record Write(String region, Optional<String> value, long timestamp, Optional<Long> millis) {}

  /** What wins comes first. */
  private static final Comparator<Write> PRECEDENCE =
      Comparator.comparingLong(Write::timestamp)
          .thenComparing(write -> write.value().isEmpty())
          .thenComparing(write -> bytes(write.value().orElse("")), Arrays::compareUnsigned)
          .reversed();

  private final Map<String, List<Write>> cells = new HashMap<>();
  private int writes;

  /** Notes a write of a cell. */
  synchronized void add(String cell, Write write) {
    cells.computeIfAbsent(cell, any -> new ArrayList<>()).add(write);
    writes++;
  }

  /**
   * Takes back what was confirmed in a region within a time: its node was killed before it had
   * synced its log, and may have forgotten them.
   */
  synchronized void doubt(String region, long fromMillis, long toMillis) {
    for (List<Write> all : cells.values()) {
      all.replaceAll(
          write ->
              write.region().equals(region)
                      && write.millis().filter(at -> at >= fromMillis && at <= toMillis).isPresent()
                  ? new Write(region, write.value(), write.timestamp(), Optional.empty())
                  : write);
    }
  }

  /** Returns the cells that were written. */
  synchronized Set<String> cells() {
    return Set.copyOf(cells.keySet());
  }

  /** Returns how many writes of cells were noted. */
  synchronized int writes() {
    return writes;
  }

  /** Returns what a cell may show in the end; one thing where all was confirmed. */
  synchronized Set<Optional<String>> winners(String cell) {
    Set<Optional<String>> winners = new HashSet<>();
    for (Write write : cells.get(cell).stream().sorted(PRECEDENCE).toList()) {
      winners.add(write.value());
      if (write.millis().isPresent()) {
        return winners;
      }
    }
    winners.add(Optional.empty());
    return winners;
  }

  private static byte[] bytes(String value) {
    return value.getBytes(StandardCharsets.UTF_8);
  }
}
