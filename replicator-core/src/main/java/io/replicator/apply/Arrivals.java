package io.replicator.apply;

import io.replicator.wire.Parked;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is on its way into parking behind others of its key. Many of a key are written at a time;
 * they arrive in their order, whichever is durable first. Guarded by its {@link ParkedKeys}.
 */
final class Arrivals {
  /** One change on its way. */
  static final class Arrival {
    private final String key;
    private final long mark;
    private long offset = -1;
    private Parked.Failure why;
    private Runnable then;

    private Arrival(String key, long mark) {
      this.key = key;
      this.mark = mark;
    }

    String key() {
      return key;
    }

    long offset() {
      return offset;
    }

    long mark() {
      return mark;
    }

    Parked.Failure why() {
      return why;
    }

    /** What is to be done once it waits in parking. */
    Runnable then() {
      return then;
    }
  }

  private final Map<String, Deque<Arrival>> byKey = new HashMap<>();

  /** Returns the mark of the first change of a key that is on its way; the greatest if none is. */
  long first(String key) {
    Deque<Arrival> queue = byKey.get(key);
    return queue == null ? Long.MAX_VALUE : queue.element().mark;
  }

  /** Expects one more change of a key. */
  Arrival expect(String key, long mark) {
    Arrival arrival = new Arrival(key, mark);
    byKey.computeIfAbsent(key, any -> new ArrayDeque<>(2)).add(arrival);
    return arrival;
  }

  /** Takes note that a change is durable; returns those that have arrived by that, in order. */
  List<Arrival> durable(Arrival arrival, long offset, Parked.Failure why, Runnable then) {
    arrival.offset = offset;
    arrival.why = why;
    arrival.then = then;
    return arrived(arrival.key);
  }

  /** Expects a change no more; returns those that have arrived by that, in order. */
  List<Arrival> cancel(Arrival arrival) {
    byKey.get(arrival.key).remove(arrival);
    return arrived(arrival.key);
  }

  private List<Arrival> arrived(String key) {
    Deque<Arrival> queue = byKey.get(key);
    List<Arrival> arrived = new ArrayList<>();
    while (!queue.isEmpty() && queue.peek().offset >= 0) {
      arrived.add(queue.remove());
    }
    if (queue.isEmpty()) {
      byKey.remove(key);
    }
    return arrived;
  }
}
