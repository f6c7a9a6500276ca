package io.replicator.cassandra;

import io.replicator.model.Change;
import io.replicator.spi.Applier;
import io.replicator.spi.ChangeSink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A road from a capture to an applier without Kafka: it keeps each key's order, tries again what
 * fails, and remembers all that it carried.
 */
final class Road implements ChangeSink, AutoCloseable {
  private static final int MOST_UNDER_WAY = 2_000;

  private final Applier applier;
  private final List<Change> carried = new ArrayList<>();
  private final Map<String, CompletionStage<?>> last = new HashMap<>();
  private final AtomicInteger underWay = new AtomicInteger();
  private final Map<Applier.Outcome, Integer> outcomes = new ConcurrentHashMap<>();
  private final Set<String> failures = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();

  Road(Applier applier) {
    this.applier = applier;
  }

  @Override
  public CompletionStage<Void> ready() {
    return underWay.get() < MOST_UNDER_WAY
        ? CompletableFuture.completedFuture(null)
        : new CompletableFuture<>();
  }

  @Override
  public synchronized CompletionStage<Void> offer(Change change) {
    carried.add(change);
    apply(change);
    return CompletableFuture.completedFuture(null);
  }

  private void apply(Change change) {
    underWay.incrementAndGet();
    CompletableFuture<Void> done = new CompletableFuture<>();
    CompletionStage<?> before = last.put(change.key(), done);
    (before == null ? CompletableFuture.completedFuture(null) : before)
        .whenComplete((nothing, failure) -> attempt(change, done));
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the attempt itself takes note of what comes of it
  private void attempt(Change change, CompletableFuture<Void> done) {
    applier
        .apply(change)
        .whenComplete(
            (outcome, failure) -> {
              if (failure == null) {
                outcomes.merge(outcome, 1, Integer::sum);
                underWay.decrementAndGet();
                done.complete(null);
              } else {
                failures.add(String.valueOf(failure.getMessage()));
                later.schedule(() -> attempt(change, done), 200, TimeUnit.MILLISECONDS);
              }
            });
  }

  /** Applies all that was carried once more, from the beginning. */
  synchronized void replay() {
    carried.forEach(this::apply);
  }

  synchronized List<Change> carried() {
    return List.copyOf(carried);
  }

  int underWay() {
    return underWay.get();
  }

  int outcomes(Applier.Outcome outcome) {
    return outcomes.getOrDefault(outcome, 0);
  }

  /** Returns what failures said, each once. */
  Set<String> failures() {
    return Set.copyOf(failures);
  }

  @Override
  public void close() {
    later.shutdownNow();
  }
}
