package io.replicator.apply;

import io.replicator.wire.Decoded;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The keys of a lane: each in order, and of each the first entry may begin. Those that never began
 * take turns with those that come again: many of these may fail, and neither waits for all of the
 * others. Guarded by the lane.
 */
final class KeyQueues {
  private final Map<String, Deque<Entry>> keys = new HashMap<>();
  private final Deque<Entry> runnable = new ArrayDeque<>();
  private final Deque<Entry> again = new ArrayDeque<>();
  private boolean turnOfAgain;

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
    again.addAll(entries);
  }

  /** Adds an entry that began before. */
  void addAgain(Entry entry) {
    again.add(entry);
  }

  /** Has an entry that began before be the next one. */
  void addNext(Entry entry) {
    again.addFirst(entry);
    turnOfAgain = true;
  }

  /** Takes back that an entry was taken. */
  void giveBack(Entry entry) {
    turnOfAgain = entry.ticket.isPresent() || entry.tries.attempts > 0;
    (turnOfAgain ? again : runnable).addFirst(entry);
  }

  /** Returns the next one of those that may begin; null if none may. */
  Entry peek() {
    return next().peek();
  }

  /** Takes the next one of those that may begin. */
  Entry remove() {
    Deque<Entry> next = next();
    turnOfAgain = next == runnable;
    return next.remove();
  }

  private Deque<Entry> next() {
    return runnable.isEmpty() || (turnOfAgain && !again.isEmpty()) ? again : runnable;
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
    again.forEach(dropped);
    again.clear();
  }
}
