package io.replicator.cassandra.log;

import java.util.Comparator;

/**
 * A position is a place in a node's commit log: everything before it was read.
 *
 * @param segment the segment's id; ids rise with time
 * @param section where the section of the segment begins, in bytes; 0 before the first
 * @param entry how far the section was read, in bytes of its content
 */
record Position(long segment, int section, int entry) implements Comparable<Position> {
  private static final Comparator<Position> ORDER =
      Comparator.comparingLong(Position::segment)
          .thenComparingInt(Position::section)
          .thenComparingInt(Position::entry);

  static Position startOf(long segment) {
    return new Position(segment, 0, 0);
  }

  /**
   * Reads the form that {@link #toString} writes.
   *
   * @throws IllegalArgumentException if the text is no position
   */
  static Position parse(String text) {
    String[] parts = text.split(":", -1);
    if (parts.length != 3) {
      throw new IllegalArgumentException("'" + text + "' is no position");
    }
    return new Position(
        Long.parseLong(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
  }

  @Override
  public int compareTo(Position other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return segment + ":" + section + ":" + entry;
  }
}
