package io.replicator.apply;

import io.replicator.lag.Figures;
import io.replicator.timer.Timer;
import io.replicator.wire.Decoded;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The delivery of entries: each is applied or set aside, then remembered where the store keeps no
 * history, then settled. Thread-safe.
 */
final class Delivery implements Lane.Work {
  private static final Duration PAUSE = Duration.ofSeconds(2);

  private final Target target;
  private final Journal journal;
  private final boolean remembers;
  private final BooleanSupplier paused;
  private final Lanes lanes;
  private final Timer timer;
  private final Figures figures;

  /**
   * @param remembers whether each change is written to the journal before it counts as done
   */
  Delivery(
      Target target,
      Journal journal,
      boolean remembers,
      BooleanSupplier paused,
      Lanes lanes,
      Timer timer,
      Figures figures) {
    this.target = target;
    this.journal = journal;
    this.remembers = remembers;
    this.paused = paused;
    this.lanes = lanes;
    this.timer = timer;
    this.figures = figures;
  }

  @Override
  public void begin(Lane lane, Entry entry) {
    if (entry.decoded instanceof Decoded.Captured captured) {
      target.apply(lane, entry, captured.change());
    } else if (entry.decoded instanceof Decoded.Unreadable unreadable) {
      var message = entry.message;
      String place = message.topic() + "-" + message.partition() + "@" + message.offset();
      target.setAside(
          lane,
          entry,
          "record " + place + " cannot be read: " + unreadable.reason(),
          "find out who wrote it; only agents write to change topics",
          Optional.empty());
    }
  }

  @Override
  public boolean isOpen() {
    return !paused.getAsBoolean() && target.isOpen();
  }

  @Override
  public void duplicate() {
    figures.duplicate();
  }

  @Override
  public void dropped(Entry entry) {
    target.forget(entry);
  }

  /** Takes note that an entry is applied or set aside. */
  void finished(Lane lane, Entry entry) {
    lane.release(entry);
    if (remembers && entry.decoded instanceof Decoded.Captured captured) {
      write(lane, entry, captured);
    } else {
      settled(lane, entry);
    }
  }

  private void write(Lane lane, Entry entry, Decoded.Captured captured) {
    journal
        .applied(lane.partition(), captured.stamp(), captured.change().id())
        .whenComplete(
            (durable, failure) -> {
              if (failure == null) {
                settled(lane, entry);
              } else {
                figures.retried("remembering failed: " + failure.getMessage(), "");
                timer.after(PAUSE, () -> write(lane, entry, captured));
              }
            });
  }

  private void settled(Lane lane, Entry entry) {
    lane.settle(entry);
    lanes.pump();
  }
}
