package io.replicator.model;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Comparator;

/**
 * A version places a change in the total order of the changes to one key.
 *
 * <p>Stores that keep versions of their own (Cassandra's cell timestamps) and stores whose changes
 * have no history (a queue's messages) have none.
 *
 * @param seconds when the key was written, in seconds since 1970 by the origin store's clock
 * @param count tells changes of one second apart, counting up from what was written over; none is
 *     beyond {@link #MOST}
 * @param region where it was written; decides between equals
 */
public record Version(long seconds, long count, Region region) implements Comparable<Version> {
  /** No key is written so often in a second. */
  public static final long MOST = 1L << 53;

  private static final Comparator<Version> ORDER =
      Comparator.comparingLong(Version::seconds)
          .thenComparingLong(Version::count)
          .thenComparing(Version::region);

  /**
   * @throws IllegalArgumentException if it is none that a store's clock and a count make: the next
   *     after it might be before it
   */
  public Version {
    if (count < 0 || count > MOST) {
      throw new IllegalArgumentException(count + " is no count of a version");
    }
    try {
      Era.checked(Instant.ofEpochSecond(seconds));
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(seconds + " is no time of a version", e);
    }
  }

  /**
   * Reads the form that {@link #toString} writes.
   *
   * @throws IllegalArgumentException if the text is no version
   */
  public static Version parse(String text) {
    String[] parts = text.split("\\.", 3);
    if (parts.length != 3) {
      throw new IllegalArgumentException("'" + text + "' is no version");
    }
    return new Version(Long.parseLong(parts[0]), Long.parseLong(parts[1]), new Region(parts[2]));
  }

  @Override
  public int compareTo(Version other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return seconds + "." + count + "." + region;
  }
}
