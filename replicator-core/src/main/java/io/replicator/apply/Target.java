package io.replicator.apply;

import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Change;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.spi.Applier;
import io.replicator.spi.ReplicationException;
import io.replicator.timer.Timer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * The target of a flow: the applier with the patience around it. A change given to it is finished
 * once, when it is applied or a dead letter, however often that has to be tried.
 *
 * <p>When the target refuses all alike, nothing new is begun and one change at a time probes it.
 * One that is refused while others are answered waits by itself, as one that fails. Nothing becomes
 * a dead letter for either. Thread-safe.
 */
final class Target {
  private static final Duration PROBE = Duration.ofSeconds(2);

  /** What was shut for less has recovered from nothing. */
  private static final long OUTAGE = Duration.ofSeconds(1).toNanos();

  /** A change that waits for the target to be opened again. */
  private record Blocked(Lane lane, Entry entry, Change change) {}

  private final Applier applier;
  private final LastResort lastResort;
  private final Retries retries;
  private final Failing failing;
  private final Timer timer;
  private final Figures figures;
  private final Conditions conditions;
  private final Finish finish;
  private final BooleanSupplier paused;
  private final Runnable pump;
  private final Runnable recovered;
  private final LongSupplier nanos;
  private final Queue<Blocked> blocked = new ArrayDeque<>();
  private boolean probing;
  private volatile long shutSince;

  /** When a change was refused last. */
  private volatile long refused;

  private volatile boolean shut;

  /** Whether a new change may be begun all the same. */
  private volatile boolean spare;

  private volatile boolean fatal;

  /**
   * @param finish of each change, called once
   * @param paused while true nothing is tried again
   * @param pump is called when new changes may be begun
   * @param recovered is called when they may again, after the target has refused them for a while
   * @param nanos the time that passes, as of {@link System#nanoTime}
   */
  Target(
      Applier applier,
      LastResort lastResort,
      Retries retries,
      Failing failing,
      Timer timer,
      Figures figures,
      Conditions conditions,
      Finish finish,
      BooleanSupplier paused,
      Runnable pump,
      Runnable recovered,
      LongSupplier nanos) {
    this.applier = applier;
    this.lastResort = lastResort;
    this.retries = retries;
    this.failing = failing;
    this.timer = timer;
    this.figures = figures;
    this.conditions = conditions;
    this.finish = finish;
    this.paused = paused;
    this.pump = pump;
    this.recovered = recovered;
    this.nanos = nanos;
    this.refused = nanos.getAsLong();
  }

  /** Tells whether a new change may be begun. */
  boolean isOpen() {
    return (!shut || spare) && !fatal;
  }

  /** Applies a change. */
  void apply(Lane lane, Entry entry, Change change) {
    long begun = nanos.getAsLong();
    spare = false;
    call(change)
        .whenComplete(
            (outcome, failure) -> {
              if (failure == null) {
                count(outcome, change);
                succeeded(entry, begun);
                finish.accept(lane, entry);
              } else {
                failed(lane, entry, change, begun, failure);
              }
            });
  }

  /** Lets go of what waits, after its lanes were stopped. */
  void close() {
    List<Blocked> waiting = open();
    waiting.forEach(one -> again(one.lane(), one.entry(), one.change()));
    failing.clear();
    conditions.clear("target");
  }

  /** Whatever an applier throws is its change's failure, not ours. */
  private CompletionStage<Applier.Outcome> call(Change change) {
    try {
      return applier.apply(change);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private void count(Applier.Outcome outcome, Change change) {
    switch (outcome) {
      case APPLIED -> figures.applied(change.size(), change.time());
      case DUPLICATE -> figures.duplicate();
      case SUPERSEDED -> figures.superseded();
    }
  }

  private void failed(Lane lane, Entry entry, Change change, long begun, Throwable failure) {
    ReplicationException what = reason(failure);
    switch (what.kind()) {
      case TRANSIENT, SCHEMA ->
          lastResort.failed(lane, entry, change, what, () -> apply(lane, entry, change));
      case NEWER -> newer(lane, entry, what);
      case POISON -> {
        entry.tries.attempts++;
        succeeded(entry, begun);
        lastResort.giveUp(
            lane, entry, change + ": " + what.getMessage(), what.hint(), Optional.of(what));
      }
      case OPEN -> block(new Blocked(lane, entry, change), Failing.condition(FlowState.OPEN, what));
      case BLOCKED -> refused(lane, entry, change, begun, what);
      case FATAL -> {
        figures.failed(what.getMessage(), what.hint());
        fatal = true;
        block(new Blocked(lane, entry, change), Failing.condition(FlowState.FAILED, what));
      }
    }
  }

  /** Where others were answered since it was, or any was, refused last, it is the only one. */
  private void refused(
      Lane lane, Entry entry, Change change, long begun, ReplicationException what) {
    long before = begun - refused > 0 ? refused : begun;
    refused = nanos.getAsLong();
    if (lastResort.hasAnsweredSince(entry.tries.last(before))) {
      lastResort.failed(lane, entry, change, what, () -> apply(lane, entry, change));
    } else {
      figures.retried(what.getMessage(), what.hint());
      block(new Blocked(lane, entry, change), Failing.condition(FlowState.BLOCKED, what));
    }
  }

  /** Has a change wait for an upgrade of this agent, wherever it came from. */
  void newer(Lane lane, Entry entry, ReplicationException what) {
    entry.tries.attempts++;
    figures.retried(what.getMessage(), what.hint());
    if (entry.ticket.isPresent()) {
      lastResort.putBack(lane, entry, what);
    } else {
      failing.add(entry, FlowState.NEEDS_UPGRADE, what);
      retries.await(lane, entry);
    }
  }

  private static ReplicationException reason(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause instanceof ReplicationException known
        ? known
        : new ReplicationException(
            ReplicationException.Kind.TRANSIENT, "unexpected: " + cause, "", cause);
  }

  private synchronized void block(Blocked one, Condition why) {
    if (!shut) {
      shutSince = nanos.getAsLong();
      shut = true;
    }
    if (!fatal || why.state() == FlowState.FAILED) {
      conditions.set("target", why);
    }
    one.entry().tries.refused(nanos.getAsLong());
    one.lane().rest();
    blocked.add(one);
    if (!probing && !fatal) {
      probing = true;
      timer.after(PROBE, this::probe);
    }
  }

  /**
   * Tries a new change or, where there is none, one of those that wait, and goes on doing so while
   * the target is shut, whatever becomes of each: it may be given up with its partition, or fail
   * for a reason of its own. Where none is left, the next new change will do.
   */
  private void probe() {
    while (true) {
      Blocked one;
      synchronized (this) {
        if (!shut || fatal) {
          probing = false;
          return;
        }
        if (paused.getAsBoolean()) {
          timer.after(PROBE, this::probe);
          return;
        }
      }
      if (isProbedByANewOne()) {
        timer.after(PROBE, this::probe);
        return;
      }
      synchronized (this) {
        one = blocked.poll();
        if (one == null) {
          shut = false;
          probing = false;
          conditions.clear("target");
          break;
        }
      }
      if (again(one.lane(), one.entry(), one.change())) {
        timer.after(PROBE, this::probe);
        return;
      }
    }
    recovered.run();
  }

  /** Those that were refused may be refused alone, and would probe it without end. */
  private boolean isProbedByANewOne() {
    spare = true;
    pump.run();
    boolean begun = !spare;
    spare = false;
    return begun;
  }

  /** Takes note that the target has answered as it should to a call that was begun then. */
  private void succeeded(Entry entry, long begun) {
    lastResort.answered(begun);
    failing.forget(entry);
    if (shut && !fatal && !paused.getAsBoolean()) {
      boolean outage = nanos.getAsLong() - shutSince > OUTAGE;
      List<Blocked> waiting = open();
      timer.now(
          () -> {
            waiting.forEach(this::resume);
            (outage ? recovered : pump).run();
          });
    }
  }

  private synchronized List<Blocked> open() {
    shut = false;
    conditions.clear("target");
    List<Blocked> waiting = List.copyOf(blocked);
    blocked.clear();
    return waiting;
  }

  /** Has one that waited begun after a pause, in which others show whether it is the only one. */
  private void resume(Blocked one) {
    if (one.lane().wake()) {
      retries.await(one.lane(), one.entry());
    } else {
      failing.forget(one.entry());
    }
  }

  private boolean again(Lane lane, Entry entry, Change change) {
    boolean begun = lane.wake();
    if (begun) {
      apply(lane, entry, change);
    } else {
      failing.forget(entry);
    }
    return begun;
  }
}
