package io.replicator.settle;

import io.replicator.reading.Reading;
import io.replicator.reading.Snapshot;
import io.replicator.wire.Decoded;
import io.replicator.wire.Stamp;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;

/**
 * An input is one partition of what an owner reads: the hints of its region, what another one
 * tells, or what of either is parked. Guarded by its owner.
 */
final class Input {
  private final TopicPartition place;
  private final Inflow inflow;
  private final Reading reading;
  private final Deque<Entry> order = new ArrayDeque<>();
  private final Deque<Entry> runnable = new ArrayDeque<>();
  private long front;

  /**
   * @param front the first offset that is not done
   */
  Input(TopicPartition place, Inflow inflow, Reading reading, long front) {
    this.place = place;
    this.inflow = inflow;
    this.reading = reading;
    this.front = front;
  }

  TopicPartition place() {
    return place;
  }

  Inflow inflow() {
    return inflow;
  }

  Reading reading() {
    return reading;
  }

  long front() {
    return front;
  }

  /** Tells whether what comes here was read before, and set aside: it is numbered no more. */
  boolean isParking() {
    return place.topic().equals(inflow.parking());
  }

  /** Tells whether the region's hints come here, and no parked ones. */
  boolean isHints() {
    return inflow.isHints() && !isParking();
  }

  /** Takes note that a change was read. */
  void seen(Stamp stamp) {
    if (!isParking()) {
      reading.seen(stamp);
    }
  }

  /** Tells whether a change was done before; what is parked is to be done, whatever was. */
  boolean isDone(Stamp stamp) {
    return !isParking() && reading.isDone(stamp);
  }

  /** Takes note that a change is done, or set aside. */
  void done(Stamp stamp) {
    if (!isParking()) {
      reading.done(stamp);
    }
  }

  /** Returns what may be begun; whoever takes from it makes sure that it still may. */
  Deque<Entry> runnable() {
    return runnable;
  }

  void add(Entry entry) {
    inflow.window().hold(entry.bytes());
    order.add(entry);
  }

  /** Moves the front over what is done. */
  void advance() {
    while (!order.isEmpty() && order.peek().done) {
      Entry entry = order.remove();
      front = entry.message.offset() + 1;
      inflow.window().release(entry.bytes());
      if (entry.decoded instanceof Decoded.Beat beat) {
        reading.passed(beat.heartbeat(), entry.message.offset());
      }
    }
  }

  Optional<Snapshot> snapshot(boolean evenIfIdle) {
    return reading.snapshot(front, evenIfIdle);
  }

  int held() {
    return order.size();
  }

  void clear() {
    order.forEach(entry -> inflow.window().release(entry.bytes()));
    order.clear();
    runnable.clear();
  }
}
