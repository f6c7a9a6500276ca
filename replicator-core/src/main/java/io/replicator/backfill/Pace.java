package io.replicator.backfill;

import io.replicator.model.Hint;
import io.replicator.spi.HintSink;
import io.replicator.timer.Timer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A pace lets hints through to a sink no faster than so many a second. Thread-safe. */
final class Pace implements HintSink {
  private final HintSink sink;
  private final Timer timer;
  private final InstantSource clock;
  private final Duration step;
  private Instant next = Instant.EPOCH;

  Pace(HintSink sink, int rate, Timer timer, InstantSource clock) {
    this.sink = sink;
    this.timer = timer;
    this.clock = clock;
    this.step = Duration.ofSeconds(1).dividedBy(rate);
  }

  @Override
  public CompletionStage<Void> ready() {
    Duration wait;
    synchronized (this) {
      Instant now = clock.instant();
      // No more than a tenth of a second is saved up: a backfill trickles, it does not burst.
      Instant least = now.minusMillis(100);
      next = next.isBefore(least) || next.isAfter(now.plusSeconds(5)) ? least : next;
      next = next.plus(step);
      wait = Duration.between(now, next);
    }
    if (wait.isNegative()) {
      return sink.ready();
    }
    CompletableFuture<Void> later = new CompletableFuture<>();
    timer.after(wait, () -> later.complete(null));
    return later.thenCompose(nothing -> sink.ready());
  }

  @Override
  public CompletionStage<Void> offer(Hint hint) {
    return sink.offer(hint);
  }

  @Override
  public CompletionStage<Void> listing(String listing, boolean complete) {
    return sink.listing(listing, complete);
  }
}
