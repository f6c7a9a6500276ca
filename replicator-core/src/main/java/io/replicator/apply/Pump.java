package io.replicator.apply;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A pump runs rounds, one at a time: one thread pumps, and another that comes meanwhile, or the
 * same one from within, makes it go round once more. Thread-safe.
 */
final class Pump {
  /** All pumps of a flow. */
  interface All {
    /** Has a round of each run; false if any is left to whoever pumps there at the moment. */
    boolean run();
  }

  private final AtomicInteger asked = new AtomicInteger();

  /** Has a round run; false if that is left to whoever pumps at the moment. */
  boolean run(Runnable round) {
    if (asked.getAndIncrement() != 0) {
      return false;
    }
    int seen = 1;
    do {
      round.run();
      seen = asked.addAndGet(-seen);
    } while (seen != 0);
    return true;
  }
}
