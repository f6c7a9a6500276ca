package io.replicator.model;

import java.time.Instant;
import java.time.InstantSource;

/**
 * A steady clock tells how much time passes, by {@link System#nanoTime}, and is never set: it
 * begins at the machine's time and goes on from there, whatever becomes of that one. It is for what
 * lasts so and so long; a time of day that others see comes from the machine's clock. Thread-safe.
 */
public final class SteadyClock implements InstantSource {
  private final Instant begin = Instant.now();
  private final long beginNanos = System.nanoTime();

  @Override
  public Instant instant() {
    return begin.plusNanos(System.nanoTime() - beginNanos);
  }
}
