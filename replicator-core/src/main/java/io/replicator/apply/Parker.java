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

  /** Parks a change whose key has changes parked, or has it wait where there is no room. */
  void follow(Lane lane, Entry entry, Change change) {
    if (hasRoom(true)) {
      park(lane, entry, change, "waits behind others of its key", "", Condition.RUNNING);
    } else {
      retries.await(lane, entry);
    }
  }

  /**
   * Parks a change that fails.
   *
   * @param condition what an operator has to see to; RUNNING for nothing
   */
  void park(
      Lane lane, Entry entry, Change change, String reason, String hint, Condition condition) {
    // Everything before the front is done or parked: what is told of it can pass this change not.
    Instant upTo = lane.reading().passedUpTo().orElse(change.time());
    Parked.Failure why =
        new Parked.Failure(reason, entry.attempts, clock.instant(), Optional.of(upTo));
    long mark = entry.message.offset();
    OwnWrites writes = lane.bay().writes();
    writes.begun(mark);
    parking
        .park(entry.message, why)
        .whenComplete(
            (offset, failure) -> {
              if (failure == null) {
                long at = writes.done(mark, offset);
                if (lane.bay().keys().park(change.key(), at, mark, why, condition)) {
                  LOG.warn(
                      "flow {}: parked {}, and what follows of its key: {}. {}",
                      flow,
                      change,
                      reason,
                      hint.isEmpty() ? "it is tried again by itself; others go on" : hint);
                }
                failing.forget(entry);
                lane.passOn(entry);
                opened.run();
              } else {
                figures.retried("a change was not parked: " + failure.getMessage(), "");
                retries.later(
                    AGAIN, lane, entry, () -> park(lane, entry, change, reason, hint, condition));
              }
            });
  }
}
