package io.replicator.deploy.sandbox;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** What a link does with bytes at present. Thread-safe. */
final class LinkState {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition healed = lock.newCondition();
  private volatile boolean cut;
  private volatile boolean stalled;
  private volatile Duration delay = Duration.ZERO;

  void cut() {
    cut = true;
  }

  void stall() {
    stalled = true;
    cut = true;
  }

  void heal() {
    lock.lock();
    try {
      stalled = false;
      cut = false;
      delay = Duration.ZERO;
      healed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void slow(Duration longer) {
    delay = longer;
  }

  boolean isCut() {
    return cut;
  }

  boolean isStalled() {
    return stalled;
  }

  Duration delay() {
    return delay;
  }

  /** Waits while the link is cut. */
  void awaitOpen() throws InterruptedException {
    if (!cut) {
      return;
    }
    lock.lockInterruptibly();
    try {
      while (cut) {
        healed.await();
      }
    } finally {
      lock.unlock();
    }
  }
}
