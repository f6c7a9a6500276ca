package io.replicator.simulation;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * A clockwork runs tasks one after the other in the order of their times, which pass no faster than
 * the tasks want; what is due at once goes in an order that the seed chooses. All chance of a world
 * comes from here.
 */
final class Clockwork implements InstantSource {
  static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

  /** A task that waits for its time, unless it is cancelled. */
  static final class Task {
    private final Optional<Life> life;
    private final long nanos;
    private final long place;
    private final Runnable work;
    private boolean cancelled;

    private Task(Optional<Life> life, long nanos, long place, Runnable work) {
      this.life = life;
      this.nanos = nanos;
      this.place = place;
      this.work = work;
    }

    void cancel() {
      cancelled = true;
    }
  }

  private final Random random;
  private final Trace trace;
  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(
          Comparator.<Task>comparingLong(task -> task.nanos).thenComparingLong(task -> task.place));
  private Runnable watch = () -> {};
  private long nanos;

  Clockwork(long seed, Trace trace) {
    this.random = new Random(seed);
    this.trace = trace;
  }

  @Override
  public Instant instant() {
    return BEGIN.plusNanos(nanos);
  }

  /** Returns how long the world has been going. */
  long nanos() {
    return nanos;
  }

  /** Has something done later that no process's end can prevent. */
  Task after(Duration delay, Runnable work) {
    return add(Optional.empty(), nanos + delay.toNanos(), work);
  }

  /** Has something done later by a process, if it is still alive then. */
  Task after(Duration delay, Life life, Runnable work) {
    return add(Optional.of(life), nanos + delay.toNanos(), work);
  }

  /** Has something done at a time, by {@link #nanos}. */
  Task at(long time, Runnable work) {
    return add(Optional.empty(), Math.max(time, nanos), work);
  }

  private Task add(Optional<Life> life, long time, Runnable work) {
    Task task = new Task(life, time, random.nextLong(), work);
    tasks.add(task);
    return task;
  }

  /** Runs the next task; there always is one. */
  void step() {
    Task task = tasks.remove();
    if (task.cancelled || task.life.filter(Life::isOver).isPresent()) {
      return;
    }
    nanos = task.nanos;
    try {
      task.work.run();
    } catch (Life.Over over) {
      trace.say(this, over::getMessage);
    }
    watch.run();
  }

  /** Has somebody look after each task. */
  void watch(Runnable look) {
    watch = look;
  }

  /** Has a process wait while the others go on; tells whether the stage has completed in time. */
  boolean await(Life life, CompletionStage<?> stage, Duration most) {
    long end = nanos + most.toNanos();
    after(most, () -> {});
    while (!stage.toCompletableFuture().isDone() && nanos < end) {
      step();
      life.goesOn();
    }
    return stage.toCompletableFuture().isDone();
  }

  /** Notes down what happens. */
  void say(Supplier<String> what) {
    trace.say(this, what);
  }

  boolean chance(double probability) {
    return probability > 0 && random.nextDouble() < probability;
  }

  /** Returns a number from 0, less than another. */
  int below(int most) {
    return random.nextInt(most);
  }

  <T> T pick(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  /** Returns how long a message takes: a moment as a rule, seconds now and then. */
  Duration soon() {
    double dice = random.nextDouble();
    long most = dice < .7 ? 20_000 : dice < .97 ? 300_000 : 3_000_000;
    return Duration.ofNanos(1_000L * (1 + random.nextInt((int) most)));
  }

  Duration upTo(Duration most) {
    return Duration.ofNanos((long) (random.nextDouble() * most.toNanos()));
  }

  /** Returns the source of all chance, for those who bring their own way to use it. */
  Random random() {
    return random;
  }
}
