package io.replicator.sqs;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The workers are a store's threads: two that make and complete requests ({@code sqs-n}) and one
 * that keeps time ({@code sqs-timer-1}), however many queues there are. None may ever be blocked.
 *
 * <p>After they were closed, what is given to them is dropped: all that they worked for is closed.
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
          named("sqs-"),
          new ThreadPoolExecutor.DiscardPolicy());
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(
          1, named("sqs-timer-"), new ThreadPoolExecutor.DiscardPolicy());

  @Override
  public void execute(Runnable task) {
    executor.execute(task);
  }

  /** Executes a task once, after a while. */
  void after(Duration pause, Runnable task) {
    var unused =
        timer.schedule(() -> executor.execute(task), pause.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Executes a task again and again, until the returned future is cancelled. */
  ScheduledFuture<?> every(Duration period, Runnable task) {
    return timer.scheduleWithFixedDelay(
        () -> executor.execute(task), period.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
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
