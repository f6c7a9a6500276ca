package io.replicator.s3;

import io.replicator.model.Hint;
import io.replicator.spi.HintSink;
import io.replicator.spi.Listing;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * A bucket listing offers a hint for each key that the bucket shows, page by page and in the
 * store's order: the next page is asked for when all hints of the one before are durable, and each
 * is offered when the sink is ready. So its position never passes what is not durable.
 */
final class BucketListing implements Listing {
  private final BucketPlan plan;
  private final S3AsyncClient client;
  private final Workers workers;
  private final Hint.Kind kind;
  private final HintSink sink;
  private final List<Range> ranges;
  private final AtomicLong count = new AtomicLong();
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private volatile Optional<Instant> begun = Optional.empty();
  private volatile String position;
  private volatile boolean closed;

  /** Local keys with a prefix, behind one of them. */
  private record Range(String prefix, String after) {}

  /**
   * @param prefix of canonical keys
   * @param after the last canonical key that was offered before; empty to begin at the first
   */
  BucketListing(
      BucketPlan plan,
      S3Clients clients,
      Hint.Kind kind,
      String prefix,
      String after,
      HintSink sink) {
    this.plan = plan;
    this.client = clients.here();
    this.workers = clients.workers();
    this.kind = kind;
    this.sink = sink;
    this.position = after;
    this.ranges = ranges(plan.keys(), prefix, after);
  }

  private static List<Range> ranges(KeyMapping keys, String prefix, String after) {
    List<Range> ranges = new ArrayList<>();
    String last = keys.local(after).orElse(after);
    for (String local : keys.narrowed(prefix)) {
      if (after.isEmpty() || last.startsWith(local) || local.compareTo(last) > 0) {
        ranges.add(new Range(local, last.startsWith(local) ? last : ""));
      }
    }
    return ranges;
  }

  void start() {
    workers.execute(() -> range(0));
  }

  @Override
  public String position() {
    return position;
  }

  @Override
  public long count() {
    return count.get();
  }

  @Override
  public CompletionStage<Void> done() {
    return done;
  }

  @Override
  public void close() {
    closed = true;
    done.completeExceptionally(new CancellationException("the listing was stopped"));
  }

  private void range(int number) {
    if (number >= ranges.size()) {
      done.complete(null);
    } else {
      page(number, Optional.empty());
    }
  }

  private void page(int number, Optional<String> token) {
    if (closed) {
      return;
    }
    Range range = ranges.get(number);
    long asked = System.nanoTime();
    var unused =
        client
            .listObjectsV2(
                request -> {
                  request.bucket(plan.bucket()).prefix(range.prefix());
                  token.ifPresentOrElse(
                      request::continuationToken,
                      () -> {
                        if (!range.after().isEmpty()) {
                          request.startAfter(range.after());
                        }
                      });
                })
            .thenApply(page -> noted(page, asked))
            .thenComposeAsync(page -> offer(page).thenApply(durable -> page), workers)
            .whenComplete(
                (page, failure) -> {
                  if (failure != null) {
                    done.completeExceptionally(Failure.of(Action.LIST, plan.toString(), failure));
                  } else if (Boolean.TRUE.equals(page.isTruncated())
                      && page.nextContinuationToken() != null) {
                    page(number, Optional.of(page.nextContinuationToken()));
                  } else {
                    range(number + 1);
                  }
                });
  }

  private ListObjectsV2Response noted(ListObjectsV2Response page, long asked) {
    Duration took = Duration.ofNanos(System.nanoTime() - asked);
    begun = begun.or(() -> ServerTime.of(page).map(answered -> answered.minus(took)));
    return page;
  }

  /** Returns when it began, by the store's clock; empty until the store has told its time. */
  Optional<Instant> begun() {
    return begun;
  }

  private CompletableFuture<Void> offer(ListObjectsV2Response page) {
    List<Hint> hints = new ArrayList<>();
    for (S3Object object : page.contents()) {
      Instant modified = object.lastModified();
      plan.keys()
          .canonical(object.key())
          .ifPresent(key -> hints.add(new Hint(key, kind, modified)));
    }
    CompletableFuture<Void> turn = CompletableFuture.completedFuture(null);
    List<CompletableFuture<Void>> durable = new ArrayList<>();
    for (Hint hint : hints) {
      turn =
          turn.thenCompose(before -> sink.ready())
              .thenRun(() -> durable.add(sink.offer(hint).toCompletableFuture()));
    }
    return turn.thenCompose(
            offered -> CompletableFuture.allOf(durable.toArray(CompletableFuture<?>[]::new)))
        .thenRun(
            () -> {
              count.addAndGet(hints.size());
              if (!hints.isEmpty()) {
                position = hints.get(hints.size() - 1).key();
              }
            });
  }
}
