package io.replicator.sqs;

import io.replicator.model.Change;
import io.replicator.spi.ChangeSink;
import io.replicator.spi.ReplicationException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A sink that keeps what it is offered, and makes it durable at once or when told to. */
final class RecordingSink implements ChangeSink {
  private final List<Change> offered = new ArrayList<>();
  private final List<CompletableFuture<Void>> held = new ArrayList<>();
  private final List<CompletableFuture<Void>> waiting = new ArrayList<>();
  private final Set<String> poison = new HashSet<>();
  private boolean open = true;
  private boolean holding;

  @Override
  public synchronized CompletionStage<Void> ready() {
    CompletableFuture<Void> ready = new CompletableFuture<>();
    if (open) {
      ready.complete(null);
    } else {
      waiting.add(ready);
    }
    return ready;
  }

  @Override
  public synchronized CompletionStage<Void> offer(Change change) {
    if (poison.contains(body(change))) {
      return CompletableFuture.failedFuture(
          new ReplicationException(
              ReplicationException.Kind.POISON, "too large", "make it smaller", null));
    }
    offered.add(change);
    CompletableFuture<Void> durable = new CompletableFuture<>();
    if (holding) {
      held.add(durable);
    } else {
      durable.complete(null);
    }
    return durable;
  }

  /** Takes nothing more. */
  synchronized void shut() {
    open = false;
  }

  /** Takes more. */
  void open() {
    List<CompletableFuture<Void>> passed;
    synchronized (this) {
      open = true;
      passed = List.copyOf(waiting);
      waiting.clear();
    }
    passed.forEach(ready -> ready.complete(null));
  }

  /** Makes nothing durable for now. */
  synchronized void hold() {
    holding = true;
  }

  /** Makes durable what was held, and from now on what comes. */
  void release() {
    List<CompletableFuture<Void>> durable;
    synchronized (this) {
      holding = false;
      durable = List.copyOf(held);
      held.clear();
    }
    durable.forEach(one -> one.complete(null));
  }

  /** Gives up on what was held, as a capture does that is closed without its broker. */
  void letGo() {
    List<CompletableFuture<Void>> left;
    synchronized (this) {
      left = List.copyOf(held);
      held.clear();
    }
    left.forEach(one -> one.completeExceptionally(new CancellationException("closed")));
  }

  /** Refuses messages with this body for good. */
  synchronized void refuse(String body) {
    poison.add(body);
  }

  synchronized List<Change> offered() {
    return List.copyOf(offered);
  }

  synchronized int count() {
    return offered.size();
  }

  List<String> bodies() {
    return offered().stream().map(RecordingSink::body).toList();
  }

  static String body(Change change) {
    return new String(change.payload(), java.nio.charset.StandardCharsets.UTF_8);
  }
}
