package io.replicator.cassandra.log;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What was handed to the sink and is not durable yet, in the order of the log: its front is where
 * reading would have to begin again. Thread-safe.
 */
final class Handed {
  /** The time of a mark that says nothing of when it was logged. */
  static final Instant NO_TIME = Instant.EPOCH;

  /** Some entries of the log, with the changes among them that are under way. */
  final class Mark {
    private final Position end;
    private final Instant upTo;
    private int open = 1;

    private Mark(Position end, Instant upTo) {
      this.end = end;
      this.upTo = upTo;
    }

    /** One more of its changes is under way. */
    void begin() {
      synchronized (Handed.this) {
        open++;
      }
    }

    /** One of them is durable, or all were handed over. */
    void end() {
      synchronized (Handed.this) {
        open--;
        advance();
      }
    }
  }

  private final Deque<Mark> marks = new ArrayDeque<>();
  private Position durable;
  private Instant upTo = NO_TIME;

  Handed(Position durable) {
    this.durable = durable;
  }

  /**
   * Begins a mark, which stays open until it was ended once, and once for each change begun. It
   * takes the place of the last one if that is ended: of all that goes by while one change is under
   * way no more is kept.
   *
   * @param end where reading goes on behind it
   * @param time everything that was logged before is read with it; {@link #NO_TIME} if not known
   */
  synchronized Mark mark(Position end, Instant time) {
    Mark last = marks.peekLast();
    boolean isEnded = last != null && last.open == 0;
    Mark mark = new Mark(end, isEnded && time.equals(NO_TIME) ? last.upTo : time);
    if (isEnded) {
      marks.removeLast();
    }
    marks.add(mark);
    return mark;
  }

  private void advance() {
    while (!marks.isEmpty() && marks.peek().open == 0) {
      Mark done = marks.remove();
      durable = done.end;
      // It may be an earlier one, where the node's clock was set back.
      upTo = done.upTo.equals(NO_TIME) ? upTo : done.upTo;
    }
  }

  /** Returns up to where everything is durable. */
  synchronized Position durable() {
    return durable;
  }

  /** Returns the time before which everything that was logged is durable. */
  synchronized Instant upTo() {
    return upTo;
  }

  /** Returns how many marks are kept; 0 if nothing is under way. */
  synchronized int size() {
    return marks.size();
  }
}
