package io.replicator.s3;

import io.replicator.model.Clocks;
import io.replicator.model.Hint;
import io.replicator.spi.HintSink;
import io.replicator.spi.HintSource;
import io.replicator.spi.SourceStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/**
 * A listing source lists the bucket completely, again and again, for stores that notify of nothing.
 * What was there before a listing began and is in no row of it was deleted; so its begin and its
 * end are told, also where deletes are not replicated: the ledger knows by them what is gone here.
 *
 * <p>Every agent of a region has one. So that they do not all list at the same moment, the first
 * listing begins after a random part of the period, and no two pauses are alike.
 *
 * <p>T is the time at which the last complete listing began, less a margin: a listing shows all
 * that was written before it began. Of this machine's clock and the store's, which stamps the
 * objects, the earlier one counts, and as soon as the store tells its own.
 */
final class ListingSource implements HintSource {
  /** What the store's clock and this machine's may differ by. */
  private static final Duration MARGIN = Duration.ofSeconds(2);

  private static final Duration LATEST_START = Duration.ofSeconds(30);

  private final BucketPlan plan;
  private final S3Clients clients;
  private final HintSink sink;
  private final Duration period;
  private final InstantSource clock;
  private final SourceHealth health;
  private final GrowingPause pause = new GrowingPause();
  private volatile Optional<Instant> upTo = Optional.empty();
  private BucketListing listing;
  private boolean closed;

  ListingSource(BucketPlan plan, S3Clients clients, HintSink sink, Duration period, Clocks clocks) {
    this.plan = plan;
    this.clients = clients;
    this.sink = sink;
    this.period = period;
    this.clock = clocks.wall();
    this.health = new SourceHealth("listings of " + plan, clocks.steady());
  }

  void start() {
    long latest = Math.min(period.toMillis(), LATEST_START.toMillis());
    clients.workers().after(Duration.ofMillis(random().nextLong(latest)), this::list);
  }

  @Override
  public SourceStatus status() {
    return new SourceStatus(
        upTo.map(this::earlier),
        OptionalLong.empty(),
        Optional.empty(),
        Duration.ZERO,
        health.condition());
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (listing != null) {
      listing.close();
    }
  }

  private void list() {
    String name = UUID.randomUUID().toString();
    var unused =
        sink.ready()
            .thenCompose(ready -> mark(name, false))
            .thenCompose(marked -> listed())
            .thenCompose(began -> mark(name, true).thenApply(marked -> began))
            .whenComplete(
                (began, failure) -> {
                  if (isClosed()) {
                    return;
                  }
                  if (failure == null) {
                    upTo = Optional.of(earlier(began));
                    health.passed();
                    pause.reset();
                    clients.workers().after(nextPause(), this::list);
                  } else {
                    health.failed(Failure.of(Action.LIST, plan.toString(), failure));
                    clients.workers().after(pause.next(), this::list);
                  }
                });
  }

  /** Lists; returns when that began. */
  private CompletionStage<Instant> listed() {
    Instant began = clock.instant().minus(MARGIN);
    return open().done().thenApply(done -> began);
  }

  private synchronized Instant earlier(Instant time) {
    return Optional.ofNullable(listing)
        .flatMap(BucketListing::begun)
        .map(begun -> begun.minus(MARGIN))
        .filter(time::isAfter)
        .orElse(time);
  }

  /** Returns the period, give or take a tenth. */
  private Duration nextPause() {
    long tenth = period.toMillis() / 10;
    return period.plusMillis(random().nextLong(-tenth, tenth + 1));
  }

  private static RandomGenerator random() {
    return ThreadLocalRandom.current();
  }

  private CompletableFuture<Void> mark(String name, boolean complete) {
    return sink.listing(name, complete).toCompletableFuture();
  }

  private synchronized BucketListing open() {
    listing = new BucketListing(plan, clients, Hint.Kind.LISTED, "", "", sink);
    if (closed) {
      listing.close();
    } else {
      listing.start();
    }
    return listing;
  }

  private synchronized boolean isClosed() {
    return closed;
  }
}
