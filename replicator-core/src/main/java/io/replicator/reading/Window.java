package io.replicator.reading;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The window bounds what a flow holds in memory and what it has under way. What is under way is
 * also what a crash may repeat, so its bound is the promise on repeats. Thread-safe.
 */
public final class Window {
  private static final int MOST_HELD = 5_000;

  private volatile Bounds bounds;
  private final AtomicInteger held = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicInteger active = new AtomicInteger();
  private final AtomicInteger stuck = new AtomicInteger();
  private final AtomicLong stuckBytes = new AtomicLong();
  private final AtomicLong parkedBytes = new AtomicLong();

  public Window(Bounds bounds) {
    this.bounds = bounds;
  }

  /** Returns the present bounds. */
  public Bounds bounds() {
    return bounds;
  }

  /** Bounds anew, from now on: what is held already stays. */
  public void setBounds(Bounds bounds) {
    this.bounds = bounds;
  }

  /** Takes note of something that was read. */
  public void hold(long size) {
    held.incrementAndGet();
    bytes.addAndGet(size);
  }

  /** Takes note that it is done, or let go of. */
  public void release(long size) {
    held.decrementAndGet();
    bytes.addAndGet(-size);
  }

  /** Tells whether no more should be fetched. */
  public boolean full() {
    return held.get() >= MOST_HELD || bytes.get() >= bounds.heldBytes();
  }

  /** Tells whether so much is done that fetching should go on. */
  public boolean drained() {
    return held.get() < MOST_HELD / 2 && bytes.get() < bounds.heldBytes() / 2;
  }

  /**
   * Takes note that more of what is held, or less, cannot go before the target has what it lacks.
   */
  public void stick(int count, long size) {
    stuck.addAndGet(count);
    stuckBytes.addAndGet(size);
  }

  /**
   * Tells whether that alone takes half of the room. A backlog that only has to be worked off does
   * not count, however large it is.
   */
  public boolean crowded() {
    return stuck.get() >= MOST_HELD / 2 || stuckBytes.get() >= bounds.heldBytes() / 2;
  }

  /** Takes note that so much more is taken, or less, by the places of what is parked. */
  public void park(long size) {
    parkedBytes.addAndGet(size);
  }

  /**
   * Tells whether there is room for the place of one more parked change. Where a key has changes
   * parked, its next ones have twice the room, since nothing else can become of them.
   */
  public boolean parkable(boolean behind) {
    return parkedBytes.get() < (behind ? 2 : 1) * bounds.heldBytes();
  }

  /** Takes a place among the active ones, if there is one. */
  public boolean start() {
    if (active.incrementAndGet() <= bounds.active()) {
      return true;
    }
    active.decrementAndGet();
    return false;
  }

  /** Gives a place back. */
  public void end() {
    active.decrementAndGet();
  }
}
