package io.replicator.apply;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.LongSupplier;

/** The turns of parked keys: which is tried next, and when. Guarded by its {@link ParkedKeys}. */
final class Turns {
  /** So many keys are tried at a time: parked ones may all fail, and others need the target. */
  private static final int MOST = 16;

  private static final long LOOK_NANOS = Duration.ofMillis(200).toNanos();

  private final LongSupplier nanos;
  private final PriorityQueue<ParkedKey> queue =
      new PriorityQueue<>((one, other) -> Long.signum(one.due - other.due));
  private final Map<String, Long> held = new HashMap<>();
  private int trying;

  /**
   * @param nanos the time that passes, as of {@link System#nanoTime}
   */
  Turns(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** Has a key wait for its turn. */
  void add(ParkedKey key, long pauseNanos) {
    key.due = nanos.getAsLong() + pauseNanos;
    queue.add(key);
  }

  /** Returns a key whose turn has come; empty if there is none. */
  Optional<ParkedKey> next() {
    long now = nanos.getAsLong();
    while (trying < MOST && !queue.isEmpty() && queue.peek().due - now <= 0) {
      ParkedKey key = queue.poll();
      if (held.containsKey(key.key) || (key.behind != null && !key.behind.done)) {
        add(key, LOOK_NANOS);
        continue;
      }
      key.behind = null;
      key.trying = true;
      trying++;
      return Optional.of(key);
    }
    return Optional.empty();
  }

  /** Takes note that a key's turn is over, and has it wait for the next one. */
  void again(ParkedKey key, long pauseNanos) {
    key.trying = false;
    trying--;
    add(key, pauseNanos);
  }

  /** Takes note that a key has no turn any more. */
  void remove(ParkedKey key) {
    held.remove(key.key);
    if (key.trying) {
      trying--;
    } else {
      queue.remove(key);
    }
  }

  /** Holds a key until the lane is past a mark. */
  void hold(ParkedKey key, long mark) {
    held.merge(key.key, mark, Math::max);
  }

  /** Returns the keys that are held so, and the mark of each. */
  Map<String, Long> held() {
    return held.isEmpty() ? Map.of() : Map.copyOf(held);
  }

  /** Holds a key no longer. */
  void letGo(String key) {
    held.remove(key);
  }

  void clear() {
    queue.clear();
    held.clear();
  }
}
