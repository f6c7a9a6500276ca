package io.replicator.capture;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;

/**
 * A gate holds a source back from reading while its changes could not be taken: while the station
 * says so, or the flow's rate is used up. Thread-safe.
 */
final class Gate {
  private final BooleanSupplier open;
  private final InstantSource clock;
  private final Queue<CompletableFuture<Void>> waiting = new ConcurrentLinkedQueue<>();
  private final OptionalLong rate;
  private double allowance;
  private Instant refilled;
  private volatile boolean closed;

  /**
   * @param open whether the station takes more
   * @param rate changes a second, where the flow is throttled
   */
  Gate(BooleanSupplier open, OptionalLong rate, InstantSource clock) {
    this.open = open;
    this.rate = rate;
    this.clock = clock;
    this.refilled = clock.instant();
  }

  /** Returns a stage that completes when the source may read. */
  CompletionStage<Void> pass() {
    CompletableFuture<Void> pass = new CompletableFuture<>();
    waiting.add(pass);
    release();
    return pass;
  }

  /** Takes a change off the rate; may overdraw it, which the next reader waits for. */
  synchronized void spend() {
    allowance -= 1;
  }

  /** Lets through who waits, if the gate is open. Called whenever that may have changed. */
  void release() {
    while (closed || (open.getAsBoolean() && allowed())) {
      CompletableFuture<Void> next = waiting.poll();
      if (next == null) {
        return;
      }
      if (closed) {
        next.completeExceptionally(new CancellationException("capture is closed"));
      } else {
        next.complete(null);
      }
    }
  }

  boolean someoneWaits() {
    return !waiting.isEmpty();
  }

  void close() {
    closed = true;
    release();
  }

  private synchronized boolean allowed() {
    if (rate.isEmpty()) {
      return true;
    }
    Instant now = clock.instant();
    double seconds = Math.max(0, Duration.between(refilled, now).toNanos() / 1e9);
    refilled = now;
    // No more than a tenth of a second is saved up: a throttled flow trickles, it does not burst.
    double most = Math.max(1, rate.getAsLong() / 10.0);
    allowance = Math.min(most, allowance + seconds * rate.getAsLong());
    return allowance > 0;
  }
}
