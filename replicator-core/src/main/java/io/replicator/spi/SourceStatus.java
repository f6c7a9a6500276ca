package io.replicator.spi;

import io.replicator.model.Condition;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a change source knows of its own progress.
 *
 * @param deliveredUpTo time T by the source's own clock: every change delivered with a time before
 *     T was acknowledged. Never taken from the wall clock alone; may go back when an old change is
 *     delivered again; empty until the source has answered once.
 * @param waiting changes that wait in the store and were not read yet, as far as the store tells
 * @param retention how long the store keeps a change that is not read
 * @param hold how long after a crash of this process changes that it had read stay invisible to
 *     others: for so long its last word on progress must not be forgotten
 * @param condition RUNNING, or what is wrong with the store
 */
public record SourceStatus(
    Optional<Instant> deliveredUpTo,
    OptionalLong waiting,
    Optional<Duration> retention,
    Duration hold,
    Condition condition) {

  public SourceStatus {
    Objects.requireNonNull(deliveredUpTo, "deliveredUpTo");
    Objects.requireNonNull(waiting, "waiting");
    Objects.requireNonNull(retention, "retention");
    Objects.requireNonNull(hold, "hold");
    Objects.requireNonNull(condition, "condition");
  }
}
