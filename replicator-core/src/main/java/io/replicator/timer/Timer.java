package io.replicator.timer;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A timer runs short tasks that must not block: heartbeats, retries, releases. A task that throws
 * is a fault of ours; it is logged, and a repeated task goes on, because a heart that stops for one
 * bad beat would turn a small fault into an outage.
 */
public final class Timer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Timer.class);

  private final AtomicInteger apart = new AtomicInteger();
  private final ScheduledThreadPoolExecutor executor;

  /**
   * @param threads how many tasks may run at once
   */
  public Timer(int threads) {
    AtomicInteger count = new AtomicInteger();
    executor =
        new ScheduledThreadPoolExecutor(
            threads,
            task -> {
              Thread thread = new Thread(task, "timer-" + count.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            },
            (task, closed) -> LOG.debug("timer is closed; a task was dropped"));
    executor.setRemoveOnCancelPolicy(true);
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** A task that can be cancelled. */
  public interface Handle {
    void cancel();
  }

  /** Runs a task soon. */
  public void now(Runnable task) {
    executor.execute(guarded(task));
  }

  /** Runs a task that may block, on a thread of its own. */
  public void apart(Runnable task) {
    Thread thread = new Thread(guarded(task), "apart-" + apart.incrementAndGet());
    thread.setDaemon(true);
    thread.start();
  }

  /** Runs a task once, later. */
  public Handle after(Duration delay, Runnable task) {
    return handle(executor.schedule(guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS));
  }

  /** Runs a task now and then again, each time so long after the last one ended. */
  public Handle every(Duration pause, Runnable task) {
    return handle(
        executor.scheduleWithFixedDelay(guarded(task), 0, pause.toNanos(), TimeUnit.NANOSECONDS));
  }

  /** Drops what waits and lets what runs end. */
  @Override
  public void close() {
    executor.shutdownNow();
  }

  private static Handle handle(ScheduledFuture<?> scheduled) {
    return () -> scheduled.cancel(false);
  }

  private static Runnable guarded(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (RuntimeException e) {
        LOG.error("a timed task failed; please report this", e);
      }
    };
  }
}
