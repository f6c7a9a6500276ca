package io.replicator.mirror;

import io.replicator.model.Condition;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/**
 * The health of the mirror from one peer: what was last heard from there, and what is wrong.
 *
 * <p>Silence is measured from arrival to arrival, by the local clock alone: old heartbeats that
 * arrive after an outage are a sign of life, and the peer's clock may be wrong. Safe for any number
 * of threads.
 */
final class MirrorHealth {
  private final Duration patience;
  private final InstantSource clock;
  private Instant heardAt;
  private Optional<Instant> lastHeartbeat = Optional.empty();
  private Optional<Condition> trouble = Optional.empty();
  private Optional<Condition> diagnosis = Optional.empty();

  /**
   * @param patience how long nothing may be heard
   */
  MirrorHealth(Duration patience, InstantSource clock) {
    this.patience = patience;
    this.clock = clock;
    this.heardAt = clock.instant();
  }

  /** A heartbeat arrived that was written at {@code written}. */
  synchronized void heard(Instant written) {
    heardAt = clock.instant();
    lastHeartbeat = Optional.of(lastHeartbeat.filter(written::isBefore).orElse(written));
    trouble = Optional.empty();
    diagnosis = Optional.empty();
  }

  /** Something is known to be wrong with the mirror, until something is heard again. */
  synchronized void troubled(Condition condition) {
    trouble = Optional.of(condition);
  }

  /** The trouble is over as far as is known; silence may still show that it is not. */
  synchronized void mended() {
    trouble = Optional.empty();
  }

  /** Why nothing is heard, by a look at the peer. Counts only while silence lasts. */
  synchronized void diagnosed(Condition condition) {
    if (silent()) {
      diagnosis = Optional.of(condition);
    }
  }

  /** Tells whether nothing has been heard for too long. */
  synchronized boolean silent() {
    return silence().compareTo(patience) >= 0;
  }

  /** Returns how long nothing has been heard, counted from the start if never. */
  synchronized Duration silence() {
    return Duration.between(heardAt, clock.instant());
  }

  /** Returns when the newest heartbeat that arrived was written. */
  synchronized Optional<Instant> lastHeartbeat() {
    return lastHeartbeat;
  }

  /** Returns what is wrong; RUNNING if nothing is. */
  synchronized Condition condition() {
    if (trouble.isPresent()) {
      return trouble.get();
    }
    if (!silent()) {
      return Condition.RUNNING;
    }
    return diagnosis.orElseGet(
        () ->
            Trouble.blocked(
                "nothing has been heard from there for " + silence().toSeconds() + " s",
                "the cause is being looked for"));
  }
}
