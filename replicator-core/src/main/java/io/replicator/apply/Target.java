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

  /** A change that was refused and waits for the target to be opened again. */
  private record Blocked(Lane lane, Entry entry) {}

  private final Applier applier;
  private final LastResort lastResort;
  private final Retries retries;
  private final Failing failing;
  private final Timer timer;
  private final Figures figures;
  private final Conditions conditions;
  private final Finish finish;
  private final BooleanSupplier paused;
  private final Pump.All pump;
  private final Runnable recovered;
  private final LongSupplier nanos;
  private final Queue<Blocked> blocked = new ArrayDeque<>();
  private boolean probing;
  private boolean turnOfBlocked = true;
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
   * @param pump is called when new changes may be begun; false if that is left to another thread
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
      Pump.All pump,
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
    boolean probe = shut;
    spare = false;
    call(entry, change)
        .whenComplete(
            (outcome, failure) -> {
              boolean tells;
              if (failure == null) {
                tells = succeeded(entry, change, outcome, begun);
                finish.accept(lane, entry);
              } else {
                tells = failed(lane, entry, change, begun, failure);
              }
              if (probe && !tells) {
                timer.now(this::probeOn);
              }
            });
  }

  /** Lets go of what waits, after its lanes were stopped. */
  void close() {
    List<Blocked> waiting = open();
    waiting.forEach(this::forget);
    failing.clear();
    conditions.clear("target");
  }

  /** Whatever an applier throws is its change's failure, not ours. */
  private CompletionStage<Applier.Outcome> call(Entry entry, Change change) {
    try {
      return entry.tries.alone ? applier.applyFailing(change) : applier.apply(change);
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

  /** Returns whether that tells anything of how the target is. */
  private boolean failed(Lane lane, Entry entry, Change change, long begun, Throwable failure) {
    ReplicationException what = reason(failure);
    switch (what.kind()) {
      case TRANSIENT, SCHEMA ->
          lastResort.failed(lane, entry, change, what, () -> apply(lane, entry, change));
      case NEWER -> newer(lane, entry, what);
      case POISON -> {
        entry.tries.attempts++;
        lastResort.giveUp(
            lane, entry, change + ": " + what.getMessage(), what.hint(), Optional.of(what));
      }
      case OPEN -> {
        shut(entry, what.held());
        lane.giveBack(entry);
      }
      case BLOCKED -> refused(lane, entry, change, begun, what);
      case FATAL -> {
        figures.failed(what.getMessage(), what.hint());
        fatal = true;
        block(lane, entry, Failing.condition(FlowState.FAILED, what));
      }
    }
    return switch (what.kind()) {
      case SCHEMA, NEWER, POISON -> false;
      case TRANSIENT, BLOCKED, OPEN, FATAL -> true;
    };
  }

  /**
   * Where others were answered since it was, or any was, refused last, it is the only one; and if
   * that was itself, so it is from then on, though others may not come.
   */
  private void refused(
      Lane lane, Entry entry, Change change, long begun, ReplicationException what) {
    long before = begun - refused > 0 ? refused : begun;
    refused = nanos.getAsLong();
    if (entry.tries.alone || lastResort.hasAnsweredSince(entry.tries.last(before))) {
      lastResort.failed(lane, entry, change, what, () -> apply(lane, entry, change));
    } else {
      figures.retried(what.getMessage(), what.hint());
      block(lane, entry, Failing.condition(FlowState.BLOCKED, what));
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

  /** Has a refused one wait; its place is free, or those that are refused alone would fill all. */
  private synchronized void block(Lane lane, Entry entry, Condition why) {
    shut(entry, why);
    lane.await(entry);
    blocked.add(new Blocked(lane, entry));
  }

  private synchronized void shut(Entry entry, Condition why) {
    if (!shut) {
      shutSince = nanos.getAsLong();
      shut = true;
    }
    if (!fatal || why.state() == FlowState.FAILED) {
      conditions.set("target", why);
    }
    entry.tries.refused(nanos.getAsLong());
    if (!probing && !fatal) {
      probing = true;
      timer.after(PROBE, this::probe);
    }
  }

  /**
   * Has the target probed again and again while it is shut, whatever becomes of each probe: it may
   * be given up with its partition, or fail for a reason of its own. Where none is left, the next
   * new change will do.
   */
  private void probe() {
    synchronized (this) {
      if (!shut || fatal) {
        probing = false;
        return;
      }
    }
    boolean goesOn = paused.getAsBoolean() || isProbed();
    synchronized (this) {
      if (goesOn || !blocked.isEmpty()) {
        timer.after(PROBE, this::probe);
        return;
      }
      shut = false;
      probing = false;
      conditions.clear("target");
    }
    recovered.run();
  }

  /** Goes on at once where a probe told nothing, or a backlog of those would take seconds each. */
  private void probeOn() {
    if (shut && !fatal && !paused.getAsBoolean() && !isProbedByAnother()) {
      isProbedByABlockedOne();
    }
  }

  /**
   * Tells whether there is one that probes. Those that were refused take turns with others: they
   * may be refused alone, and would probe it without end, and others may come without end.
   */
  private boolean isProbed() {
    boolean blockedFirst;
    synchronized (this) {
      turnOfBlocked = !turnOfBlocked;
      blockedFirst = turnOfBlocked;
    }
    return blockedFirst
        ? isProbedByABlockedOne() || isProbedByAnother()
        : isProbedByAnother() || isProbedByABlockedOne();
  }

  /** What is left to a thread that pumps already is for that to begin: it comes round once more. */
  private boolean isProbedByAnother() {
    spare = true;
    boolean isHere = pump.run();
    boolean left = spare;
    if (isHere) {
      spare = false;
    }
    return !left || !isHere;
  }

  private boolean isProbedByABlockedOne() {
    for (Blocked one = poll(); one != null; one = poll()) {
      spare = true;
      boolean isNext = one.lane().retryNext(one.entry());
      spare = false;
      if (isNext) {
        return true;
      }
      failing.forget(one.entry());
    }
    return false;
  }

  private synchronized Blocked poll() {
    return blocked.poll();
  }

  /**
   * Returns whether that tells anything of how the target is: what it had before, an applier may
   * know by itself, and may go on knowing while every write fails.
   */
  private boolean succeeded(Entry entry, Change change, Applier.Outcome outcome, long begun) {
    count(outcome, change);
    failing.forget(entry);
    boolean tells = outcome == Applier.Outcome.APPLIED;
    if (tells) {
      answered(begun);
    }
    return tells;
  }

  /** Takes note that the target has taken the change of a call that was begun then. */
  private void answered(long begun) {
    lastResort.answered(begun);
    if (shut && !fatal && !paused.getAsBoolean()) {
      boolean outage = nanos.getAsLong() - shutSince > OUTAGE;
      List<Blocked> waiting = open();
      timer.now(
          () -> {
            waiting.forEach(this::resume);
            if (outage) {
              recovered.run();
            } else {
              pump.run();
            }
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
    retries.again(one.lane(), one.entry());
  }

  /** Lets go of one whose lane was stopped. */
  private void forget(Blocked one) {
    one.lane().retry(one.entry());
    failing.forget(one.entry());
  }
}
