package io.replicator.s3;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Permits bound what is under way at once, in whatever is counted: bodies, bytes. Who finds too few
 * waits in line without blocking. Safe for any thread.
 */
final class Permits {
  private final long all;
  private final Deque<Waiting> line = new ArrayDeque<>();
  private long left;

  private record Waiting(long wanted, CompletableFuture<Void> turn) {}

  Permits(long all) {
    this.all = all;
    this.left = all;
  }

  /** Runs work while holding so many; more than there are count as all of them. */
  <T> CompletableFuture<T> holding(long wanted, Supplier<? extends CompletionStage<T>> work) {
    long taken = Math.min(all, wanted);
    return take(taken)
        .thenCompose(turn -> work.get())
        .whenComplete((result, failure) -> give(taken));
  }

  private synchronized CompletableFuture<Void> take(long wanted) {
    if (line.isEmpty() && wanted <= left) {
      left -= wanted;
      return CompletableFuture.completedFuture(null);
    }
    Waiting waiting = new Waiting(wanted, new CompletableFuture<>());
    line.add(waiting);
    return waiting.turn();
  }

  private void give(long given) {
    Deque<CompletableFuture<Void>> turns = new ArrayDeque<>();
    synchronized (this) {
      left += given;
      while (!line.isEmpty() && line.peek().wanted() <= left) {
        Waiting next = line.poll();
        left -= next.wanted();
        turns.add(next.turn());
      }
    }
    turns.forEach(turn -> turn.complete(null));
  }
}
