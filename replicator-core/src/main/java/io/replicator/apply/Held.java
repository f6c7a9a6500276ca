package io.replicator.apply;

import io.replicator.reading.Window;
import io.replicator.wire.Decoded;
import io.replicator.wire.Stamp;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/** What a lane holds, in the order of its partition. Guarded by the lane. */
final class Held {
  /** Fewer done entries than this are not worth letting go of. */
  private static final int LEAST = 8;

  /** Nor is less than this part of all: each look goes through all of them. */
  private static final int PART = 8;

  private final Window window;
  private final Deque<Entry> order = new ArrayDeque<>();
  private int done;
  private int stuck;
  private long stuckBytes;
  private int lacking;

  Held(Window window) {
    this.window = window;
  }

  void add(Entry entry) {
    window.hold(entry.bytes());
    order.add(entry);
  }

  /** Takes note that an entry is done. */
  void done(Entry entry) {
    entry.done = true;
    done++;
  }

  /** Lets go of the first entry and returns it, if it is done; null otherwise. */
  Entry removeDone() {
    if (order.isEmpty() || !order.peek().done) {
      return null;
    }
    Entry entry = order.remove();
    window.release(entry.bytes());
    return entry;
  }

  /** Lets go of all. */
  void clear() {
    stick(0, 0);
    order.forEach(entry -> window.release(entry.bytes()));
    order.clear();
  }

  /**
   * Lets go of what is done behind an entry that waits: of each run of done entries the last one is
   * kept, which says how far the run goes, and the last heartbeat of each capture. So the flow goes
   * on in bounded memory however long the entry waits. What was read ahead and is not done yet has
   * no say in when that is worth it, or a full window would stay full until the entry is done.
   */
  void condense() {
    if (done >= Math.max(LEAST, order.size() / PART)) {
      letGo();
    }
  }

  private void letGo() {
    done = 0;
    Deque<Entry> kept = new ArrayDeque<>();
    Set<String> heard = new HashSet<>();
    boolean behindDone = false;
    for (Entry entry : (Iterable<Entry>) order::descendingIterator) {
      boolean last =
          entry.decoded instanceof Decoded.Beat beat
              && entry.done
              && heard.add(Stamp.capture(beat.heartbeat().last().incarnation()));
      if (!entry.done || !behindDone || last) {
        kept.addFirst(entry);
      } else {
        window.release(entry.bytes());
      }
      behindDone = entry.done;
      if (!entry.done) {
        heard.clear();
      }
    }
    order.clear();
    order.addAll(kept);
  }

  /**
   * Takes note that an entry failed, and is kept until it is done.
   *
   * @return whether those that did, and what is held because of them, leave little room for others
   */
  boolean lacks(Entry entry) {
    if (!entry.lacks) {
      entry.lacks = true;
      lacking++;
    }
    if (window.drained()) {
      stick(0, 0); // what was counted when there was less room may be gone
      return false;
    }
    stick();
    return window.crowded();
  }

  /** Takes note that an entry is done, whether or not it failed before. */
  void lacksNoMore(Entry entry) {
    if (entry.lacks) {
      entry.lacks = false;
      lacking--;
      if (lacking == 0) {
        stick(0, 0);
      } else if (stuck > 0) {
        stick(stuck - 1, Math.max(0, stuckBytes - entry.bytes()));
      }
    }
  }

  /**
   * Tells the window how much of this cannot go before what fails is done: the entries that failed,
   * those of the same keys behind them, and what is done behind either and kept. Whatever else is
   * held is a backlog that is being worked off.
   */
  private void stick() {
    letGo();
    int count = 0;
    long bytes = 0;
    Set<String> keys = new HashSet<>();
    boolean behind = false;
    for (Entry entry : order) {
      behind = entry.done ? behind : isStuck(entry, keys);
      if (behind) {
        count++;
        bytes += entry.bytes();
      }
    }
    stick(count, bytes);
  }

  private void stick(int count, long bytes) {
    window.stick(count - stuck, bytes - stuckBytes);
    stuck = count;
    stuckBytes = bytes;
  }

  private static boolean isStuck(Entry entry, Set<String> keys) {
    if (!(entry.decoded instanceof Decoded.Captured captured)) {
      return false;
    }
    if (entry.lacks) {
      keys.add(captured.change().key());
    }
    return keys.contains(captured.change().key());
  }
}
