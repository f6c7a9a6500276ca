package io.replicator.settle;

import io.replicator.reading.Reading;
import io.replicator.reading.Snapshot;
import io.replicator.wire.Decoded;
import io.replicator.wire.Stamp;
import java.util.List;
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
  private final Undone undone;
  private final Ready ready = new Ready();
  private long next;

  /**
   * @param front the first offset that is not done
   */
  Input(TopicPartition place, Inflow inflow, Reading reading, long front) {
    this.place = place;
    this.inflow = inflow;
    this.reading = reading;
    this.undone = new Undone(inflow.window());
    this.next = front;
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

  /** Returns the first offset that is not done, of what can be read again. */
  long front() {
    return undone.first().map(entry -> entry.message.offset()).orElse(next);
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
  void seen(Entry entry, Decoded.Captured captured) {
    if (!isParking()) {
      reading.seen(captured.stamp(), captured.change().time(), entry.message.offset());
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
  Ready ready() {
    return ready;
  }

  /**
   * Tells whether a record was taken before: a consumer may go back to what is committed. It must
   * not be taken twice, for as a repetition of itself neither would be settled.
   */
  boolean isRead(long offset) {
    return offset < next;
  }

  /** Takes note that the topic was created anew, or purged further than it was read. */
  void readAnew() {
    next = 0;
    undone.readAnew();
  }

  /** Takes a record, in the order of the partition; a heartbeat is done with that. */
  void add(Entry entry) {
    long offset = entry.message.offset();
    next = offset + 1;
    if (entry.decoded instanceof Decoded.Beat beat) {
      reading.heard(beat.heartbeat(), offset);
      entry.done = true;
      passed(undone.heard(new Undone.Beat(beat.heartbeat(), offset)));
    } else {
      undone.add(entry);
    }
  }

  /** Takes note that nothing is left to be done of an entry. */
  void finished(Entry entry) {
    entry.done = true;
    reading.touch();
    passed(undone.done(entry));
  }

  private void passed(List<Undone.Beat> beats) {
    beats.forEach(beat -> reading.passed(beat.heartbeat(), beat.offset()));
  }

  Optional<Snapshot> snapshot(boolean evenIfIdle) {
    return reading.snapshot(front(), evenIfIdle);
  }

  int held() {
    return undone.size();
  }

  /** Lets go of all that is not done, and returns it. */
  List<Entry> clear() {
    next = front(); // the last word comes after this
    ready.clear();
    return undone.clear();
  }
}
