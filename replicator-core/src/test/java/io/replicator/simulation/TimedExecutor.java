package io.replicator.simulation;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** A timed executor is one process's pool of threads, of which none is needed. */
final class TimedExecutor extends AbstractExecutorService implements ScheduledExecutorService {
  private final Clockwork clockwork;
  private final Life life;
  private boolean closed;

  TimedExecutor(Clockwork clockwork, Life life) {
    this.clockwork = clockwork;
    this.life = life;
  }

  private final class Timed<T> extends FutureTask<T> implements ScheduledFuture<T> {
    private long due;
    private Clockwork.Task task;

    Timed(Callable<T> work) {
      super(work);
    }

    void waits(long nanos, Runnable run) {
      due = clockwork.nanos() + nanos;
      task = clockwork.after(Duration.ofNanos(nanos), life, run);
    }

    void repeats(long nanos) {
      if (!closed && runAndReset()) {
        waits(nanos, () -> repeats(nanos));
      }
    }

    @Override
    public boolean cancel(boolean interrupts) {
      task.cancel();
      return super.cancel(interrupts);
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(due - clockwork.nanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }
  }

  @Override
  public void execute(Runnable work) {
    clockwork.after(Duration.ZERO, life, () -> runUnlessClosed(work));
  }

  private void runUnlessClosed(Runnable work) {
    if (!closed) {
      work.run();
    }
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable work, long delay, TimeUnit unit) {
    return schedule(
        () -> {
          work.run();
          return null;
        },
        delay,
        unit);
  }

  @Override
  public <T> ScheduledFuture<T> schedule(Callable<T> work, long delay, TimeUnit unit) {
    Timed<T> timed = new Timed<>(work);
    timed.waits(unit.toNanos(delay), () -> runUnlessClosed(timed));
    return timed;
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable work, long first, long period, TimeUnit unit) {
    return scheduleWithFixedDelay(work, first, period, unit); // no work takes any time here
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable work, long first, long pause, TimeUnit unit) {
    Timed<Void> timed =
        new Timed<>(
            () -> {
              work.run();
              return null;
            });
    timed.waits(unit.toNanos(first), () -> timed.repeats(unit.toNanos(pause)));
    return timed;
  }

  @Override
  public void shutdown() {
    closed = true;
  }

  @Override
  public List<Runnable> shutdownNow() {
    closed = true;
    return List.of();
  }

  @Override
  public boolean isShutdown() {
    return closed;
  }

  @Override
  public boolean isTerminated() {
    return closed;
  }

  @Override
  public boolean awaitTermination(long time, TimeUnit unit) {
    return closed;
  }
}
