package io.replicator.s3;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The workers are a store's threads: two that make and complete requests ({@code s3-n}) and one
 * that keeps time ({@code s3-timer-1}). None may ever be blocked. After they were closed, what is
 * given to them is dropped: all that they worked for is closed.
 */
final class Workers implements Executor, AutoCloseable {
  private static final int THREADS = 2;

  private final ThreadPoolExecutor executor =
      new ThreadPoolExecutor(
          THREADS,
          THREADS,
          0,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          named("s3-"),
          new ThreadPoolExecutor.DiscardPolicy());
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(
          1, named("s3-timer-"), new ThreadPoolExecutor.DiscardPolicy());

  @Override
  public void execute(Runnable task) {
    executor.execute(task);
  }

  /** Executes a task once, after a while. */
  void after(Duration pause, Runnable task) {
    var unused =
        timer.schedule(() -> executor.execute(task), pause.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Returns what completes after a while, on one of these threads. */
  CompletableFuture<Void> pause(Duration pause) {
    CompletableFuture<Void> over = new CompletableFuture<>();
    after(pause, () -> over.complete(null));
    return over;
  }

  @Override
  public void close() {
    timer.shutdownNow();
    executor.shutdown();
  }

  private static ThreadFactory named(String prefix) {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, prefix + count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }
}
