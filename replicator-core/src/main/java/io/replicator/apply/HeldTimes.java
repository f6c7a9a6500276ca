package io.replicator.apply;

import java.time.Instant;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The times that parked keys hold replicated-up-to back at: each the time up to which all had
 * passed when its first change was parked. Guarded by their {@link ParkedKeys}.
 */
final class HeldTimes {
  private final TreeMap<Long, Integer> keysByMillis = new TreeMap<>();

  /** Takes note of what a key holds back now. */
  void hold(ParkedKey key) {
    long bound = key.leastBound();
    if (bound == key.bound) {
      return;
    }
    if (key.bound != ParkedKey.NO_BOUND) {
      keysByMillis.computeIfPresent(key.bound, (any, count) -> count == 1 ? null : count - 1);
    }
    if (bound != ParkedKey.NO_BOUND) {
      keysByMillis.merge(bound, 1, Integer::sum);
    }
    key.bound = bound;
  }

  /** Returns the least of them; empty if nothing is held back. */
  Optional<Instant> least() {
    return keysByMillis.isEmpty()
        ? Optional.empty()
        : Optional.of(Instant.ofEpochMilli(keysByMillis.firstKey()));
  }

  void clear() {
    keysByMillis.clear();
  }
}
