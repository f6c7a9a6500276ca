package io.replicator.apply;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.lag.Figures;
import io.replicator.model.Flow;
import io.replicator.timer.Timer;
import io.replicator.wire.Decoded;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The finish of an entry that was applied or set aside: it is remembered where the store keeps no
 * history, then ended in parking if it came from there, then settled. Thread-safe.
 */
final class Finish {
  private static final Logger LOG = LoggerFactory.getLogger(Finish.class);
  private static final Duration PAUSE = Duration.ofSeconds(2);

  private final Flow flow;
  private final Journal journal;
  private final boolean remembers;
  private final Parking parking;
  private final Timer timer;
  private final Figures figures;
  private final Runnable pump;

  /**
   * @param remembers whether each change is written to the journal before it counts as done
   * @param pump is called when new changes may be begun
   */
  Finish(
      Flow flow,
      Journal journal,
      boolean remembers,
      Parking parking,
      Timer timer,
      Figures figures,
      Runnable pump) {
    this.flow = flow;
    this.journal = journal;
    this.remembers = remembers;
    this.parking = parking;
    this.timer = timer;
    this.figures = figures;
    this.pump = pump;
  }

  /** Takes an entry that is applied or set aside, once. */
  void accept(Lane lane, Entry entry) {
    if (entry.ticket.isEmpty()) {
      lane.release(entry);
    }
    if (remembers && entry.decoded instanceof Decoded.Captured captured) {
      remember(lane, entry, captured);
    } else {
      end(lane, entry);
    }
  }

  private void remember(Lane lane, Entry entry, Decoded.Captured captured) {
    journal
        .applied(lane.partition(), captured.stamp(), captured.change().id())
        .whenComplete(
            (durable, failure) -> {
              if (failure == null) {
                end(lane, entry);
              } else {
                figures.retried("remembering failed: " + failure.getMessage(), "");
                timer.after(PAUSE, () -> remember(lane, entry, captured));
              }
            });
  }

  /** Ends an entry in parking, if it came from there: only now that nothing has to repeat it. */
  void end(Lane lane, Entry entry) {
    if (entry.ticket.isEmpty()) {
      settled(lane, entry);
      return;
    }
    Ticket ticket = entry.ticket.get();
    parking
        .end(lane.partition(), ticket.place(), ticket.key().key.getBytes(UTF_8))
        .whenComplete(
            (durable, failure) -> {
              if (failure == null) {
                if (lane.end(entry)) {
                  LOG.info("flow {}: {} came back from parking", flow, ticket.key().key);
                }
                settled(lane, entry);
              } else {
                figures.retried("a parked change was not ended: " + failure.getMessage(), "");
                timer.after(PAUSE, () -> end(lane, entry));
              }
            });
  }

  private void settled(Lane lane, Entry entry) {
    lane.settle(entry);
    pump.run();
  }
}
