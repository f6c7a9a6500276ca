package io.replicator.capture;

import io.replicator.model.Change;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The backlog of a capture is what was offered and is not known to be durable, in the order of the
 * offers. Thread-safe; who adds sees to the order.
 */
final class Backlog {
  private final ConcurrentSkipListMap<Long, Pending> pending = new ConcurrentSkipListMap<>();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong tickets = new AtomicLong();

  Pending add(Change change, int partition, Instant since) {
    Pending one =
        new Pending(
            tickets.getAndIncrement(),
            change,
            partition,
            change.size(),
            since,
            new CompletableFuture<>());
    pending.put(one.ticket(), one);
    bytes.addAndGet(one.size());
    return one;
  }

  /** Takes a change out; tells whether it was still in. */
  boolean remove(Pending one) {
    boolean removed = pending.remove(one.ticket()) != null;
    if (removed) {
      bytes.addAndGet(-one.size());
    }
    return removed;
  }

  Optional<Pending> oldest() {
    return Optional.ofNullable(pending.firstEntry()).map(entry -> entry.getValue());
  }

  /** Returns all, oldest first, as they are while they are gone through. */
  Collection<Pending> all() {
    return pending.values();
  }

  int count() {
    return pending.size();
  }

  boolean isEmpty() {
    return pending.isEmpty();
  }

  long bytes() {
    return bytes.get();
  }
}
