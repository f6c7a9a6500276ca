package io.replicator.cassandra.log;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A reading that several need at a time, and each as fresh as if it read by itself: one that began
 * after somebody asked does for all who had asked by then. Thread-safe.
 */
final class SharedReading {
  /** Reads; called by one thread at a time. */
  @FunctionalInterface
  interface Reading {
    void read() throws InterruptedException;
  }

  private final AtomicLong begun = new AtomicLong();
  private long ended;

  /**
   * Returns when a reading has ended well that began after this was called.
   *
   * @param reading is done only if nobody else's does for it
   */
  void await(Reading reading) throws InterruptedException {
    long before = begun.get();
    synchronized (this) {
      if (ended > before) {
        return;
      }
      long own = begun.incrementAndGet();
      reading.read();
      ended = own;
    }
  }
}
