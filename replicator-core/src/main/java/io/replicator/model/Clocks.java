package io.replicator.model;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * The clocks of a process: one that tells the time of day, which may be set at any moment, and one
 * that tells how much time passes, which never is. What others see and remember is told by the
 * first; how long something takes, waits or counts is measured by the second.
 *
 * @param wall the machine's clock
 * @param steady goes on evenly from about the time of day at its begin; its instants mean nothing
 *     but their distance, and nothing in another process
 */
public record Clocks(InstantSource wall, InstantSource steady) {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  @SuppressWarnings("TimeInStaticInitializer") // any moment will do, and all begin at the same
  private static final InstantSource STEADY = steadyFrom(Instant.now());

  /** Returns the machine's clock, and one that goes by {@link System#nanoTime}. */
  public static Clocks system() {
    return new Clocks(InstantSource.system(), STEADY);
  }

  /** Returns a clock that is never set as both. */
  public static Clocks of(InstantSource clock) {
    return new Clocks(clock, clock);
  }

  /** Returns the steady clock's time in nanoseconds; like its instants they mean their distance. */
  public long nanos() {
    Instant now = steady.instant();
    return now.getEpochSecond() * SECOND + now.getNano();
  }

  private static InstantSource steadyFrom(Instant begin) {
    long beginNanos = System.nanoTime();
    return () -> begin.plusNanos(System.nanoTime() - beginNanos);
  }
}
