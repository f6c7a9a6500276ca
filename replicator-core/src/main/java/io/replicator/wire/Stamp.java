package io.replicator.wire;

import java.security.SecureRandom;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Objects;

/**
 * A stamp numbers a change among those that one producer incarnation wrote to one partition: 1, 2,
 * 3 and so on, so that a reader sees a hole, and knows what it has had already.
 *
 * @param incarnation the producer's, from {@link #newIncarnation}
 * @param sequence from 1
 */
public record Stamp(String incarnation, long sequence) {
  private static final SecureRandom RANDOM = new SecureRandom();

  public Stamp {
    Objects.requireNonNull(incarnation, "incarnation");
    if (sequence < 0) {
      throw new IllegalArgumentException("sequence " + sequence + " is negative");
    }
  }

  /** Returns a name for a producer that begins now: its time and chance, 18 characters or so. */
  public static String newIncarnation(Instant now) {
    return Long.toString(now.toEpochMilli(), 36)
        + "-"
        + Long.toString(RANDOM.nextLong() >>> 16, 36);
  }

  /** Returns when an incarnation began; the epoch if its name does not tell. */
  public static Instant begin(String incarnation) {
    int dash = incarnation.indexOf('-');
    try {
      return Instant.ofEpochMilli(Long.parseLong(incarnation.substring(0, Math.max(0, dash)), 36));
    } catch (NumberFormatException | DateTimeException e) {
      return Instant.EPOCH;
    }
  }
}
