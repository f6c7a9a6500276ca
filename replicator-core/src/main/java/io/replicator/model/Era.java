package io.replicator.model;

import java.time.Instant;

/**
 * The era is the time in which anything can have happened: a million years before and after the
 * year 0. No clock tells a time outside, and one that stands in a record is a fault of whoever
 * wrote it: it may be too far away to be counted in milliseconds, as all times here are.
 */
public final class Era {
  private static final Instant BEGIN = Instant.parse("-1000000-01-01T00:00:00Z");
  private static final Instant END = Instant.parse("+1000000-01-01T00:00:00Z");

  private Era() {}

  /**
   * Returns a time that lies in the era.
   *
   * @throws IllegalArgumentException if it lies outside
   */
  public static Instant checked(Instant time) {
    if (time.isBefore(BEGIN) || time.isAfter(END)) {
      throw new IllegalArgumentException(time + " is no time that a clock tells");
    }
    return time;
  }
}
