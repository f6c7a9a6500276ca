package io.replicator.simulation;

import java.time.Duration;

/** When something that all need is away, until it is healed. */
final class Outages {
  private final Clockwork clockwork;
  private long until;

  Outages(Clockwork clockwork) {
    this.clockwork = clockwork;
  }

  void begin(Duration time) {
    until = Math.max(until, clockwork.nanos() + time.toNanos());
  }

  void heal() {
    until = 0;
  }

  boolean isDown() {
    return clockwork.nanos() < until;
  }
}
