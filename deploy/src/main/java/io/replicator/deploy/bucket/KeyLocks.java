package io.replicator.deploy.bucket;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** Key locks let one thread at a time work on a key, and know which keys are worked on. */
final class KeyLocks {
  private static final class Counted {
    private final ReentrantLock lock = new ReentrantLock();
    private int users;
  }

  private final Map<String, Counted> locks = new HashMap<>();

  /** Waits for a key of a bucket, and does something while nobody else works on it. */
  <T> T holding(String bucket, String key, Supplier<T> work) {
    String name = name(bucket, key);
    Counted counted;
    synchronized (locks) {
      counted = locks.computeIfAbsent(name, fresh -> new Counted());
      counted.users++;
    }
    counted.lock.lock();
    try {
      return work.get();
    } finally {
      counted.lock.unlock();
      synchronized (locks) {
        if (--counted.users == 0) {
          locks.remove(name);
        }
      }
    }
  }

  /** Tells whether somebody holds a key or waits for it. */
  boolean isBusy(String bucket, String key) {
    synchronized (locks) {
      return locks.containsKey(name(bucket, key));
    }
  }

  private static String name(String bucket, String key) {
    return bucket + "/" + key;
  }
}
