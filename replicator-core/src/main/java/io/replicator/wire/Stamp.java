package io.replicator.wire;

import java.security.SecureRandom;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.regex.Pattern;

/**
 * A stamp numbers a change among those that one producer incarnation wrote to one partition: 1, 2,
 * 3 and so on, so that a reader sees a hole, and knows what it has had already.
 *
 * @param incarnation the producer's, from {@link #newIncarnation}
 * @param sequence from 1 to {@link #MOST}; 0 where there is none yet
 */
public record Stamp(String incarnation, long sequence) {
  /** No producer lives to number so many. */
  public static final long MOST = 1L << 53;

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,100}");

  public Stamp {
    if (!NAME.matcher(incarnation).matches()) {
      throw new IllegalArgumentException("'" + incarnation + "' is no incarnation");
    }
    if (sequence < 0) {
      throw new IllegalArgumentException("sequence " + sequence + " is negative");
    }
    if (sequence > MOST) {
      throw new IllegalArgumentException("sequence " + sequence + " is beyond " + MOST);
    }
  }

  /** Returns a name for a capture, by which its incarnations are known as one's: chance. */
  public static String newCapture() {
    return Long.toString(RANDOM.nextLong() >>> 16, 36);
  }

  /** Returns a name for a producer of a capture that begins now: its time, and the capture's. */
  public static String newIncarnation(Instant now, String capture) {
    return Long.toString(now.toEpochMilli(), 36) + "-" + capture;
  }

  /** Returns the capture that an incarnation is a life of. */
  public static String capture(String incarnation) {
    return incarnation.substring(incarnation.indexOf('-') + 1);
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
