package io.replicator.lag;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/** Figures are what one flow has counted since the agent started. Thread-safe. */
public final class Figures {
  /** The last failure: when, what, and what mends it. */
  public record Failure(Instant time, String message, String hint) {}

  private final InstantSource clock;
  private final LongAdder captured = new LongAdder();
  private final LongAdder capturedBytes = new LongAdder();
  private final LongAdder applied = new LongAdder();
  private final LongAdder appliedBytes = new LongAdder();
  private final LongAdder duplicates = new LongAdder();
  private final LongAdder superseded = new LongAdder();
  private final LongAdder conflicts = new LongAdder();
  private final LongAdder retried = new LongAdder();
  private final LongAdder deadLettered = new LongAdder();
  private final LongAdder skipped = new LongAdder();
  private final Latency latency;
  private volatile Optional<Failure> lastFailure = Optional.empty();

  /**
   * @param clock for the times of failures and the latency's window
   */
  public Figures(InstantSource clock) {
    this.clock = clock;
    this.latency = new Latency(clock);
  }

  /** Counts a change that became durable on the local Kafka. */
  public void captured(long bytes) {
    captured.increment();
    capturedBytes.add(bytes);
  }

  /** Counts a change that the store confirmed, and how long it took from the source's write. */
  public void applied(long bytes, Instant written) {
    applied.increment();
    appliedBytes.add(bytes);
    latency.record(Duration.between(written, clock.instant()));
  }

  /** Counts a change that the store confirmed after an operator let it wait. */
  public void applied(long bytes) {
    applied.increment();
    appliedBytes.add(bytes);
  }

  /** Counts a change that had been applied before. */
  public void duplicate() {
    duplicates.increment();
  }

  /** Counts a change older than what the store holds. */
  public void superseded() {
    superseded.increment();
  }

  /** Counts a change that lost against another without having been seen by who wrote that. */
  public void conflict() {
    conflicts.increment();
  }

  /** Counts a failed attempt that will be made again. */
  public void retried(String message, String hint) {
    retried.increment();
    failed(message, hint);
  }

  /** Counts a change that was set aside. */
  public void deadLettered(String reason, String hint) {
    deadLettered.increment();
    failed(reason, hint);
  }

  /** Counts a change that failed and was passed over, because its resource says so. */
  public void skipped(String reason, String hint) {
    skipped.increment();
    failed(reason, hint);
  }

  /** Remembers a failure without counting it. */
  public void failed(String message, String hint) {
    lastFailure = Optional.of(new Failure(clock.instant(), message, hint));
  }

  public long capturedCount() {
    return captured.sum();
  }

  public long capturedBytes() {
    return capturedBytes.sum();
  }

  public long appliedCount() {
    return applied.sum();
  }

  public long appliedBytes() {
    return appliedBytes.sum();
  }

  public long duplicateCount() {
    return duplicates.sum();
  }

  public long supersededCount() {
    return superseded.sum();
  }

  public long conflictCount() {
    return conflicts.sum();
  }

  public long retriedCount() {
    return retried.sum();
  }

  public long deadLetteredCount() {
    return deadLettered.sum();
  }

  public long skippedCount() {
    return skipped.sum();
  }

  public Optional<Failure> lastFailure() {
    return lastFailure;
  }

  public Latency latency() {
    return latency;
  }
}
