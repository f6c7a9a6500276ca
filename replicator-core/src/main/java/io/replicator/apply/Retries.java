package io.replicator.apply;

import io.replicator.timer.Timer;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** The retries of a flow: has what failed tried again, after growing pauses. Thread-safe. */
final class Retries {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
  private static final Duration LOOK = Duration.ofSeconds(2);

  private final Timer timer;
  private final Failing failing;
  private final BooleanSupplier paused;
  private final Runnable freed;

  /**
   * @param paused while true nothing is tried again
   * @param freed is called when a change that waits has given its place to others
   */
  Retries(Timer timer, Failing failing, BooleanSupplier paused, Runnable freed) {
    this.timer = timer;
    this.failing = failing;
    this.paused = paused;
    this.freed = freed;
  }

  /** Runs a task for an entry that fails; it keeps its place among the active ones. */
  void soon(Lane lane, Entry entry, Runnable task) {
    later(pause(entry.tries.attempts, LONGEST_PAUSE), lane, entry, task);
  }

  /** Runs a task for an entry after a pause; it keeps its place among the active ones. */
  void later(Duration pause, Lane lane, Entry entry, Runnable task) {
    later(pause, lane, entry, task, () -> {});
  }

  /**
   * Runs a task likewise.
   *
   * @param dropped is run instead if the partition is given up meanwhile
   */
  void later(Duration pause, Lane lane, Entry entry, Runnable task, Runnable dropped) {
    lane.rest();
    timer.after(pause, () -> resumed(lane, entry, task, dropped));
  }

  /** Has an entry begun again by itself, perhaps for long; its place is free meanwhile. */
  void await(Lane lane, Entry entry) {
    lane.await(entry);
    again(lane, entry);
    freed.run();
  }

  /** Has an entry that waits in its lane begun again after a pause. */
  void again(Lane lane, Entry entry) {
    timer.after(
        pause(Math.max(entry.tries.attempts, Failing.CONSPICUOUS), LONGEST_PAUSE),
        () -> {
          if (!lane.retry(entry)) {
            failing.forget(entry);
          }
        });
  }

  private void resumed(Lane lane, Entry entry, Runnable task, Runnable dropped) {
    if (paused.getAsBoolean() && lane.isOpen()) {
      timer.after(LOOK, () -> resumed(lane, entry, task, dropped));
    } else if (lane.wake()) {
      task.run();
    } else {
      failing.forget(entry);
      dropped.run();
    }
  }

  private Duration pause(int attempts, Duration longest) {
    return timer.about(most(attempts, longest));
  }

  /** Doubles from a tenth of a second to the longest; up to half of it is taken off by chance. */
  static Duration most(int attempts, Duration longest) {
    return Duration.ofMillis(
        Math.min(
            longest.toMillis(), FIRST_PAUSE.toMillis() << Math.min(20, Math.max(0, attempts - 1))));
  }
}
