package io.replicator.wire;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The former lives of a capture are its ended incarnations with what they had written: all of that
 * stands before the first record of the next one. The last few are kept, since a reader needs them
 * only where it read nothing of what came between. Thread-safe.
 */
public final class FormerLives {
  /** As many are kept. */
  public static final int MOST = 4;

  private final Deque<Written> lives = new ArrayDeque<>();

  /** Takes note that an incarnation has ended, before the next one writes anything. */
  public synchronized void add(Written life) {
    if (!life.isNothing()) {
      lives.addLast(life);
    }
    if (lives.size() > MOST) {
      lives.removeFirst();
    }
  }

  /** Returns them, the oldest first. */
  public synchronized List<Written> list() {
    return List.copyOf(lives);
  }
}
