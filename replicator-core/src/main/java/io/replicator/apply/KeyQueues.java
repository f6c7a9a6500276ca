package io.replicator.apply;

import io.replicator.wire.Decoded;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The keys of a lane: each in order, and of each the first entry may begin. Guarded by the lane.
 */
final class KeyQueues {
  private final Map<String, Deque<Entry>> keys = new HashMap<>();
  private final Deque<Entry> runnable = new ArrayDeque<>();

  /** Adds an entry behind those of its key; one without key may begin at once. */
  void add(Entry entry) {
    if (entry.decoded instanceof Decoded.Captured captured) {
      Deque<Entry> queue =
          keys.computeIfAbsent(captured.change().key(), key -> new ArrayDeque<>(2));
      queue.add(entry);
      if (queue.size() > 1) {
        return;
      }
    }
    runnable.add(entry);
  }

  /** Adds entries that stand in no key's order here: they came out of parking. */
  void addAll(Collection<Entry> entries) {
    runnable.addAll(entries);
  }

  /** Puts an entry that began before in front of those that may begin. */
  void addAgain(Entry entry) {
    runnable.addFirst(entry);
  }

  /** Returns the first of those that may begin; null if none may. */
  Entry peek() {
    return runnable.peek();
  }

  /** Takes the first of those that may begin. */
  Entry remove() {
    return runnable.remove();
  }

  /** Takes note that a key's first entry is done: the next one may begin. */
  void follow(String key) {
    Deque<Entry> queue = keys.get(key);
    if (queue == null) {
      return;
    }
    queue.poll();
    if (queue.isEmpty()) {
      keys.remove(key);
    } else {
      runnable.add(queue.peek());
    }
  }

  /** Returns the first entry of a key, which may be under way; null if there is none. */
  Entry first(String key) {
    Deque<Entry> queue = keys.get(key);
    return queue == null ? null : queue.peek();
  }

  /** Lets go of those that may begin. */
  void drop(Consumer<Entry> dropped) {
    runnable.forEach(dropped);
    runnable.clear();
  }
}
