package io.replicator.apply;

import io.replicator.lag.Figures;
import io.replicator.model.Change;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.reading.Window;
import io.replicator.wire.Parked;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parker moves changes of the topic into parking, one of a key at a time and in order: each
 * counts as done in its lane once that is durable. Thread-safe.
 */
final class Parker {
  private static final Logger LOG = LoggerFactory.getLogger(Parker.class);
  private static final Duration AGAIN = Duration.ofSeconds(1);

  private final Flow flow;
  private final Parking parking;
  private final Retries retries;
  private final Failing failing;
  private final Figures figures;
  private final Window window;
  private final InstantSource clock;
  private final Runnable opened;

  /**
   * @param opened is called when new changes may be begun
   */
  Parker(
      Flow flow,
      Parking parking,
      Retries retries,
      Failing failing,
      Figures figures,
      Window window,
      InstantSource clock,
      Runnable opened) {
    this.flow = flow;
    this.parking = parking;
    this.retries = retries;
    this.failing = failing;
    this.figures = figures;
    this.window = window;
    this.clock = clock;
    this.opened = opened;
  }

  /**
   * Tells whether one more change may be parked.
   *
   * @param behind others of its key
   */
  boolean hasRoom(boolean behind) {
    return window.parkable(behind);
  }

  /**
   * Parks a change behind those of its key that wait or are on their way, or has it wait where
   * there is no room. The key's next one need not wait for that.
   */
  void follow(Lane lane, Entry entry, Change change, Arrivals.Arrival arrival) {
    if (hasRoom(true)) {
      follow(lane, entry, arrival, why(lane, entry, change, "waits behind others of its key"));
      lane.free(change.key());
    } else {
      lane.bay().keys().canceled(arrival).forEach(Runnable::run);
      retries.await(lane, entry);
    }
  }

  private void follow(Lane lane, Entry entry, Arrivals.Arrival arrival, Parked.Failure why) {
    ParkedKeys keys = lane.bay().keys();
    write(
        lane,
        entry,
        why,
        offset ->
            keys.arrived(
                    arrival,
                    offset,
                    why,
                    () -> {
                      failing.forget(entry); // it may have waited by itself before
                      lane.passOn(entry);
                    })
                .forEach(Runnable::run),
        () -> follow(lane, entry, arrival, why),
        () -> keys.canceled(arrival).forEach(Runnable::run));
  }

  /**
   * Parks the first change of a key, which fails.
   *
   * @param condition what an operator has to see to; RUNNING for nothing
   */
  void park(
      Lane lane, Entry entry, Change change, String reason, String hint, Condition condition) {
    park(lane, entry, change, why(lane, entry, change, reason), hint, condition);
  }

  private void park(
      Lane lane, Entry entry, Change change, Parked.Failure why, String hint, Condition condition) {
    ParkedKeys keys = lane.bay().keys();
    write(
        lane,
        entry,
        why,
        offset -> {
          if (keys.park(change.key(), offset, entry.message.offset(), why, condition)) {
            LOG.warn(
                "flow {}: parked {}, and what follows of its key: {}. {}",
                flow,
                change,
                why.reason(),
                hint.isEmpty() ? "it is tried again by itself; others go on" : hint);
          }
          failing.forget(entry);
          lane.free(change.key());
          lane.passOn(entry);
        },
        () -> park(lane, entry, change, why, hint, condition),
        () -> {});
  }

  /**
   * Writes a change into parking.
   *
   * @param durable is told where it stands then
   * @param again writes it again, after a failure
   * @param dropped is called instead if the partition is given up meanwhile
   */
  private void write(
      Lane lane,
      Entry entry,
      Parked.Failure why,
      LongConsumer durable,
      Runnable again,
      Runnable dropped) {
    long mark = entry.message.offset();
    OwnWrites writes = lane.bay().writes();
    writes.begun(mark);
    parking
        .park(entry.message, why)
        .whenComplete(
            (offset, failure) -> {
              if (failure == null) {
                durable.accept(writes.done(mark, offset));
                opened.run();
              } else {
                figures.retried("a change was not parked: " + failure.getMessage(), "");
                retries.later(AGAIN, lane, entry, again, dropped);
              }
            });
  }

  /** Everything before the front is done or parked: what is told of it can pass this change not. */
  private Parked.Failure why(Lane lane, Entry entry, Change change, String reason) {
    Instant upTo = lane.reading().passedUpTo().orElse(change.time());
    return new Parked.Failure(reason, entry.tries.attempts, clock.instant(), Optional.of(upTo));
  }
}
