package io.replicator.apply;

import java.util.HashMap;
import java.util.Map;

/**
 * A key whose changes wait in parking, in their order. Of each only its place is kept: where it
 * stands in the parking topic, what tells it from others, and the time it holds back; so a key with
 * a million of them takes 24 MB at most. Guarded by its {@link ParkedKeys}.
 */
final class ParkedKey {
  /** Stands for a change that holds no time back. */
  static final long NO_BOUND = Long.MAX_VALUE;

  /** What a key takes beside its changes, about. */
  private static final int BYTES = 300;

  private static final int STRIDE = 3;
  private static final int STRIDE_BYTES = STRIDE * Long.BYTES;

  final String key;

  /** Those of its first changes that were read again, by offset. */
  final Map<Long, Entry> loaded = new HashMap<>(2);

  /** How often the first one failed. */
  Tries tries = new Tries();

  /** When it is tried next, by the clock of its {@link Turns}. */
  long due;

  /** Whether it is its turn: the first change is read again, or under way. */
  boolean trying;

  /** Whether the first change is under way. */
  boolean running;

  /** An entry of the change topic that was under way for the key when it was parked. */
  Entry behind;

  /** The time that it holds back, as its {@link ParkedKeys} count it. */
  long bound = NO_BOUND;

  private long[] places = new long[STRIDE];
  private int first;
  private int end;
  private long greatest = -1;

  ParkedKey(String key) {
    this.key = key;
  }

  /** Adds a change: at the end, or before those that came later into the change topic. */
  void add(long offset, long mark, long boundMillis) {
    append(offset, mark, boundMillis);
    int at = end - STRIDE;
    if (mark < 0 || mark > greatest) {
      greatest = Math.max(greatest, mark);
    } else {
      int least = first + (running ? STRIDE : 0);
      while (at > least && (places[at - STRIDE + 1] < 0 || places[at - STRIDE + 1] > mark)) {
        System.arraycopy(places, at - STRIDE, places, at, STRIDE);
        at -= STRIDE;
      }
      places[at] = offset;
      places[at + 1] = mark;
      places[at + 2] =
          at + STRIDE < end ? Math.min(boundMillis, places[at + STRIDE + 2]) : boundMillis;
    }
    holdBack(at);
  }

  /** A source's clock may be set back: those before one hold back no later time than it does. */
  private void holdBack(int at) {
    for (int before = at - STRIDE;
        before >= first && places[before + 2] > places[at + 2];
        before -= STRIDE) {
      places[before + 2] = places[at + 2];
    }
  }

  private void append(long offset, long mark, long boundMillis) {
    if (end == places.length) {
      int length = end - first;
      long[] to = length > places.length / 2 ? new long[2 * places.length] : places;
      System.arraycopy(places, first, to, 0, length);
      places = to;
      first = 0;
      end = length;
    }
    places[end] = offset;
    places[end + 1] = mark;
    places[end + 2] = boundMillis;
    end += STRIDE;
  }

  boolean isEmpty() {
    return first == end;
  }

  int size() {
    return (end - first) / STRIDE;
  }

  /** Returns where one of them stands, the first one being 0. */
  long offset(int index) {
    return places[first + index * STRIDE];
  }

  /** Lets go of the first one. */
  void removeFirst() {
    first += STRIDE;
    tries = new Tries();
  }

  /** Returns which one bears a mark; -1 if none does. */
  int indexOf(long mark) {
    for (int at = first; at < end; at += STRIDE) {
      if (places[at + 1] == mark) {
        return (at - first) / STRIDE;
      }
    }
    return -1;
  }

  /** Tells whether a mark is greater than all there were, and so none of them bears it. */
  boolean isBeyond(long mark) {
    return mark > greatest;
  }

  /** Takes note that one of them stands elsewhere, too, and perhaps nowhere else. */
  void move(int index, long offset) {
    places[first + index * STRIDE] = offset;
  }

  /** Lets go of one of them. */
  void remove(int index) {
    if (index == 0) {
      removeFirst();
      return;
    }
    int at = first + index * STRIDE;
    System.arraycopy(places, at + STRIDE, places, at, end - at - STRIDE);
    end -= STRIDE;
  }

  /** Returns the time that replicated-up-to cannot pass because of these. */
  long leastBound() {
    return isEmpty() ? NO_BOUND : places[first + 2];
  }

  /** Returns what it takes of the memory. */
  long bytes() {
    return BYTES + 2L * key.length() + (long) size() * STRIDE_BYTES;
  }
}
