package io.replicator.apply;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The window bounds what a flow holds in memory and what it has under way. What is under way is
 * also what a crash may repeat, so its bound is the promise on repeats. Thread-safe.
 */
final class Window {
  private static final int MOST_HELD = 5_000;

  private volatile Bounds bounds;
  private final AtomicInteger held = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicInteger active = new AtomicInteger();

  Window(Bounds bounds) {
    this.bounds = bounds;
  }

  Bounds bounds() {
    return bounds;
  }

  /** Bounds anew, from now on: what is held already stays. */
  void setBounds(Bounds bounds) {
    this.bounds = bounds;
  }

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
    return held.get() >= MOST_HELD || bytes.get() >= bounds.heldBytes();
  }

  /** Tells whether so much is done that fetching should go on. */
  boolean drained() {
    return held.get() < MOST_HELD / 2 && bytes.get() < bounds.heldBytes() / 2;
  }

  /** Takes a place among the active ones, if there is one. */
  boolean start() {
    if (active.incrementAndGet() <= bounds.active()) {
      return true;
    }
    active.decrementAndGet();
    return false;
  }

  void end() {
    active.decrementAndGet();
  }
}
