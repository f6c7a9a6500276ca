package io.replicator.settle;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What of an input is ready to be begun. What is new takes turns with what failed before: many of
 * these may fail again, and neither waits for all of the others. Guarded by the owner.
 */
final class Ready {
  private final Deque<Entry> anew = new ArrayDeque<>();
  private final Deque<Entry> again = new ArrayDeque<>();
  private boolean turnOfAgain;

  void add(Entry entry) {
    (entry.attempts == 0 ? anew : again).add(entry);
  }

  /** Returns the next one; null if there is none. */
  Entry peek() {
    return next().peek();
  }

  /** Takes the next one, whether it is begun or need not be. */
  void remove() {
    Deque<Entry> next = next();
    next.remove();
    turnOfAgain = next == anew;
  }

  /** Has what failed before go first though it is not its turn; false if there is none. */
  boolean passOver() {
    boolean passes = next() == anew && !again.isEmpty();
    turnOfAgain |= passes;
    return passes;
  }

  private Deque<Entry> next() {
    return anew.isEmpty() || (turnOfAgain && !again.isEmpty()) ? again : anew;
  }

  void clear() {
    anew.clear();
    again.clear();
  }
}
