package io.replicator.apply;

import io.replicator.lag.Figures;
import io.replicator.model.Change;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import io.replicator.wire.Decoded;
import io.replicator.wire.WireFormat;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The delivery of entries: each is given to the target, or parked behind others of its key, or set
 * aside where it cannot be read. Thread-safe.
 */
final class Delivery implements Work {
  private final Target target;
  private final LastResort lastResort;
  private final Parker parker;
  private final Failing failing;
  private final Finish finish;
  private final Figures figures;
  private final BooleanSupplier paused;

  /**
   * @param paused while true nothing is begun
   */
  Delivery(
      Target target,
      LastResort lastResort,
      Parker parker,
      Failing failing,
      Finish finish,
      Figures figures,
      BooleanSupplier paused) {
    this.target = target;
    this.lastResort = lastResort;
    this.parker = parker;
    this.failing = failing;
    this.finish = finish;
    this.figures = figures;
    this.paused = paused;
  }

  @Override
  public void begin(Lane lane, Entry entry) {
    if (entry.decoded instanceof Decoded.Captured captured) {
      begin(lane, entry, captured);
    } else if (entry.decoded instanceof Decoded.Newer newer) {
      target.newer(lane, entry, tooNew(entry, newer.format()));
    } else {
      lastResort.setAside(
          lane,
          entry,
          unreadable(entry),
          "find out who wrote it; only agents write to this topic",
          Optional.empty());
    }
  }

  @Override
  public boolean isOpen() {
    return !paused.getAsBoolean() && target.isOpen();
  }

  @Override
  public void duplicate(Entry entry) {
    figures.duplicate();
    failing.forget(entry);
  }

  @Override
  public void dropped(Entry entry) {
    failing.forget(entry);
  }

  private void begin(Lane lane, Entry entry, Decoded.Captured captured) {
    Change change = captured.change();
    if (entry.ticket.isPresent()) {
      if (lane.wasApplied(entry, captured)) {
        figures.duplicate();
        finish.end(lane, entry);
      } else {
        target.apply(lane, entry, change);
      }
      return;
    }
    lane.bay()
        .keys()
        .expect(change.key(), entry.message.offset())
        .ifPresentOrElse(
            arrival -> parker.follow(lane, entry, change, arrival),
            () -> target.apply(lane, entry, change));
  }

  /** It comes out of parking, where a newer agent put it: the change topic is held before it. */
  private static ReplicationException tooNew(Entry entry, int format) {
    return new ReplicationException(
        Kind.NEWER,
        place(entry)
            + ", which is parked, is of format "
            + format
            + ", this agent reads up to "
            + WireFormat.FORMAT,
        "upgrade the agents of this region; nothing is lost meanwhile",
        null);
  }

  private static String place(Entry entry) {
    var message = entry.message;
    return message.topic() + "-" + message.partition() + "@" + message.offset();
  }

  private static String unreadable(Entry entry) {
    String reason =
        entry.decoded instanceof Decoded.Unreadable unreadable
            ? unreadable.reason()
            : "it holds no change that this agent reads";
    return "record " + place(entry) + " cannot be read: " + reason;
  }
}
