package io.replicator.timer;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A timer runs short tasks that must not block: heartbeats, retries, releases. A task that throws
 * is a fault of ours; it is logged, and a repeated task goes on, because a heart that stops for one
 * bad beat would turn a small fault into an outage.
 */
public final class Timer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Timer.class);

  private final ScheduledExecutorService executor;
  private final Executor apart;
  private final RandomGenerator chance;
  private final Waiting waiting;

  /** The way in which a thread waits for what others do. */
  public interface Waiting {
    /** Waits until a stage has completed, one way or the other; tells whether it has in time. */
    boolean await(CompletionStage<?> stage, Duration most) throws InterruptedException;
  }

  /**
   * @param threads how many tasks may run at once
   */
  public Timer(int threads) {
    this(pool(threads), ownThreads(), new Random(), Timer::block);
  }

  /**
   * A timer in the hands of whoever rules the time, and when what runs in it.
   *
   * @param executor runs the tasks that do not block
   * @param apart runs those that may
   * @param chance is used by several threads, if the executors have several
   * @param waiting waits where a thread may
   */
  public Timer(
      ScheduledExecutorService executor, Executor apart, RandomGenerator chance, Waiting waiting) {
    this.executor = executor;
    this.apart = apart;
    this.chance = chance;
    this.waiting = waiting;
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
    apart.execute(guarded(task));
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

  /** Returns a pause less up to half of it by chance, so that not all come again at once. */
  public Duration about(Duration pause) {
    return Duration.ofNanos(chance.nextLong(pause.toNanos() / 2, pause.toNanos() + 1));
  }

  /**
   * Waits, unlike what runs in here may, until a stage has completed, one way or the other.
   *
   * @return whether it has in time
   */
  public boolean await(CompletionStage<?> stage, Duration most) throws InterruptedException {
    return waiting.await(stage, most);
  }

  /** Drops what waits and lets what runs end. */
  @Override
  public void close() {
    executor.shutdownNow();
  }

  private static boolean block(CompletionStage<?> stage, Duration most)
      throws InterruptedException {
    try {
      stage.toCompletableFuture().get(most.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (ExecutionException | CancellationException e) {
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }

  private static ScheduledExecutorService pool(int threads) {
    AtomicInteger count = new AtomicInteger();
    ScheduledThreadPoolExecutor pool =
        new ScheduledThreadPoolExecutor(
            threads,
            task -> daemon(task, "timer-" + count.incrementAndGet()),
            (task, closed) -> LOG.debug("timer is closed; a task was dropped"));
    pool.setRemoveOnCancelPolicy(true);
    pool.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    return pool;
  }

  private static Executor ownThreads() {
    AtomicInteger count = new AtomicInteger();
    return task -> daemon(task, "apart-" + count.incrementAndGet()).start();
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
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
