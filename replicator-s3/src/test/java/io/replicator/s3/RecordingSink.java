package io.replicator.s3;

import io.replicator.model.Hint;
import io.replicator.spi.HintSink;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A sink that writes down what it is offered; durable at once, or when the test says so. */
final class RecordingSink implements HintSink {
  private final List<Hint> hints = new ArrayList<>();
  private final List<String> listings = new ArrayList<>();
  private final List<CompletableFuture<Void>> pending = new ArrayList<>();
  private CompletableFuture<Void> ready = CompletableFuture.completedFuture(null);
  private boolean holding;

  /** Has hints wait until they are released. */
  synchronized void hold() {
    holding = true;
  }

  void release() {
    List<CompletableFuture<Void>> waiting;
    synchronized (this) {
      holding = false;
      waiting = List.copyOf(pending);
      pending.clear();
    }
    waiting.forEach(one -> one.complete(null));
  }

  /** Takes nothing more until the returned future is completed. */
  synchronized CompletableFuture<Void> full() {
    ready = new CompletableFuture<>();
    return ready;
  }

  synchronized List<Hint> hints() {
    return List.copyOf(hints);
  }

  List<String> keys() {
    return hints().stream().map(Hint::key).toList();
  }

  synchronized List<String> listings() {
    return List.copyOf(listings);
  }

  @Override
  public synchronized CompletionStage<Void> ready() {
    return ready;
  }

  @Override
  public synchronized CompletionStage<Void> offer(Hint hint) {
    hints.add(hint);
    if (!holding) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> durable = new CompletableFuture<>();
    pending.add(durable);
    return durable;
  }

  @Override
  public synchronized CompletionStage<Void> listing(String listing, boolean complete) {
    listings.add((complete ? "end " : "begin ") + listing);
    return CompletableFuture.completedFuture(null);
  }
}
