package io.replicator.apply;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The window bounds what a flow holds in memory and what it has under way. What is under way is
 * also what a crash may repeat, so its bound is the promise on repeats. Thread-safe.
 */
final class Window {
  /** At most so many changes are being applied, or applied and not yet remembered. */
  static final int MOST_ACTIVE = 800;

  private static final int MOST_HELD = 5_000;
  private static final long MOST_BYTES = 24L << 20;

  private final AtomicInteger held = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicInteger active = new AtomicInteger();

  void hold(Entry entry) {
    held.incrementAndGet();
    bytes.addAndGet(entry.bytes());
  }

  void release(Entry entry) {
    held.decrementAndGet();
    bytes.addAndGet(-entry.bytes());
  }

  /** Tells whether no more should be fetched. */
  boolean full() {
    return held.get() >= MOST_HELD || bytes.get() >= MOST_BYTES;
  }

  /** Tells whether so much is done that fetching should go on. */
  boolean drained() {
    return held.get() < MOST_HELD / 2 && bytes.get() < MOST_BYTES / 2;
  }

  /** Takes a place among the active ones, if there is one. */
  boolean start() {
    if (active.incrementAndGet() <= MOST_ACTIVE) {
      return true;
    }
    active.decrementAndGet();
    return false;
  }

  void end() {
    active.decrementAndGet();
  }
}
