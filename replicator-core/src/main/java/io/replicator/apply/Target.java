package io.replicator.apply;

import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Change;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import io.replicator.spi.Applier;
import io.replicator.spi.ReplicationException;
import io.replicator.timer.Timer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The target of a flow: the applier with the patience around it. A change given to it is finished
 * once, when it is applied or a dead letter, however often that has to be tried.
 *
 * <p>When the target refuses all alike, nothing new is begun and one change probes it; nothing
 * becomes a dead letter for that. Thread-safe.
 */
final class Target {
  private static final Logger LOG = LoggerFactory.getLogger(Target.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
  private static final Duration SET_ASIDE = Duration.ofSeconds(1);
  private static final Duration PROBE = Duration.ofSeconds(2);

  /** A change that failed this often in a row is worth an operator's look. */
  private static final int CONSPICUOUS = 5;

  /** Is told when a change is applied or set aside. */
  interface Finished {
    void accept(Lane lane, Entry entry);
  }

  /** A change that waits for the target to be opened again. */
  private record Blocked(Lane lane, Entry entry, Change change) {}

  private final Flow flow;
  private final Applier applier;
  private final DeadLetters deadLetters;
  private final Timer timer;
  private final Figures figures;
  private final Conditions conditions;
  private final Finished finished;
  private final BooleanSupplier paused;
  private final Runnable opened;
  private final Set<Entry> failing = ConcurrentHashMap.newKeySet();
  private final Set<Entry> newer = ConcurrentHashMap.newKeySet();
  private final Lacks lacks = new Lacks(System::nanoTime);
  private final Queue<Blocked> blocked = new ArrayDeque<>();
  private boolean probing;
  private volatile boolean shut;
  private volatile boolean fatal;

  /**
   * @param finished is called once for each change, on any thread
   * @param paused while true nothing is tried again
   * @param opened is called when new changes may be begun again
   */
  Target(
      Flow flow,
      Applier applier,
      DeadLetters deadLetters,
      Timer timer,
      Figures figures,
      Conditions conditions,
      Finished finished,
      BooleanSupplier paused,
      Runnable opened) {
    this.flow = flow;
    this.applier = applier;
    this.deadLetters = deadLetters;
    this.timer = timer;
    this.figures = figures;
    this.conditions = conditions;
    this.finished = finished;
    this.paused = paused;
    this.opened = opened;
  }

  /** Tells whether a new change may be begun. */
  boolean isOpen() {
    return !shut && !fatal;
  }

  /** Applies a change. */
  void apply(Lane lane, Entry entry, Change change) {
    call(change)
        .whenComplete(
            (outcome, failure) -> {
              if (failure == null) {
                count(outcome, change);
                succeeded(entry);
                finished.accept(lane, entry);
              } else {
                failed(lane, entry, change, failure);
              }
            });
  }

  /** Sets a record aside. */
  void setAside(Lane lane, Entry entry, String reason, String hint) {
    deadLetters
        .add(flow, entry.message, entry.attempts, reason)
        .whenComplete(
            (durable, failure) -> {
              if (failure == null) {
                figures.deadLettered(reason, hint);
                LOG.warn("flow {}: dead letter: {}. {}", flow, reason, hint);
                finished.accept(lane, entry);
              } else {
                figures.retried("a dead letter was not written: " + failure.getMessage(), "");
                later(SET_ASIDE, lane, entry, () -> setAside(lane, entry, reason, hint));
              }
            });
  }

  /** Lets go of what waits, after its lanes were stopped. */
  void close() {
    List<Blocked> waiting = open();
    waiting.forEach(one -> again(one.lane(), one.entry(), one.change()));
    conditions.clear("failing");
    conditions.clear("newer");
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

  private void failed(Lane lane, Entry entry, Change change, Throwable failure) {
    ReplicationException what = reason(failure);
    entry.attempts++;
    switch (what.kind()) {
      case TRANSIENT -> {
        figures.retried(what.getMessage(), what.hint());
        if (entry.attempts >= CONSPICUOUS) {
          failing.add(entry);
          conditions.set("failing", condition(FlowState.BLOCKED, what));
        }
        later(pause(entry.attempts), lane, entry, () -> apply(lane, entry, change));
      }
      case SCHEMA -> lacking(lane, entry, change, what);
      case NEWER -> {
        figures.retried(what.getMessage(), what.hint());
        newer.add(entry);
        conditions.set("newer", condition(FlowState.NEEDS_UPGRADE, what));
        await(lane, entry);
      }
      case POISON -> {
        succeeded(entry);
        setAside(lane, entry, change + ": " + what.getMessage(), what.hint());
      }
      case BLOCKED -> {
        figures.retried(what.getMessage(), what.hint());
        block(new Blocked(lane, entry, change), condition(FlowState.BLOCKED, what));
      }
      case FATAL -> {
        figures.failed(what.getMessage(), what.hint());
        fatal = true;
        block(new Blocked(lane, entry, change), condition(FlowState.FAILED, what));
      }
    }
  }

  /** Waits for what the target lacks, until that would stop the flow. */
  private void lacking(Lane lane, Entry entry, Change change, ReplicationException what) {
    figures.retried(what.getMessage(), what.hint());
    entry.attempts = Math.max(entry.attempts, CONSPICUOUS);
    failing.add(entry);
    conditions.set("failing", condition(FlowState.WAITING_FOR_SCHEMA, what));
    if (lacks.isGivenUp(what.getMessage(), lane.lacks(entry))) {
      forget(entry);
      setAside(
          lane,
          entry,
          change + ": " + what.getMessage() + ", and the flow cannot hold more that waits for it",
          "create it here as it is at the origin, then send the present state: replicator backfill "
              + flow);
      return;
    }
    await(lane, entry);
  }

  /** Has an entry tried again by itself, perhaps for long; its place is free meanwhile. */
  private void await(Lane lane, Entry entry) {
    lane.await(entry);
    timer.after(
        pause(Math.max(entry.attempts, CONSPICUOUS)),
        () -> {
          if (!lane.retry(entry)) {
            forget(entry);
          }
        });
    opened.run();
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
    shut = true;
    if (!fatal || why.state() == FlowState.FAILED) {
      conditions.set("target", why);
    }
    one.lane().rest();
    blocked.add(one);
    if (!probing && !fatal) {
      probing = true;
      timer.after(PROBE, this::probe);
    }
  }

  /**
   * Tries one of those that wait, and goes on doing so while the target is shut, whatever becomes
   * of each: it may be given up with its partition, or fail for a reason of its own. Where none is
   * left, the next new change will do.
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
    opened.run();
  }

  /** Takes note that the target has answered as it should. */
  private void succeeded(Entry entry) {
    forget(entry);
    if (shut && !fatal && !paused.getAsBoolean()) {
      List<Blocked> waiting = open();
      timer.now(
          () -> {
            waiting.forEach(one -> again(one.lane(), one.entry(), one.change()));
            opened.run();
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

  private boolean again(Lane lane, Entry entry, Change change) {
    boolean begun = lane.wake();
    if (begun) {
      apply(lane, entry, change);
    } else {
      forget(entry);
    }
    return begun;
  }

  /** Takes note that nothing is waited for any more because of an entry. */
  void forget(Entry entry) {
    if (entry.attempts >= CONSPICUOUS && failing.remove(entry) && failing.isEmpty()) {
      conditions.clear("failing");
    }
    if (newer.remove(entry) && newer.isEmpty()) {
      conditions.clear("newer");
    }
  }

  private void later(Duration pause, Lane lane, Entry entry, Runnable task) {
    lane.rest();
    timer.after(pause, () -> resumed(lane, entry, task));
  }

  private void resumed(Lane lane, Entry entry, Runnable task) {
    if (paused.getAsBoolean() && lane.isOpen()) {
      timer.after(PROBE, () -> resumed(lane, entry, task));
    } else if (lane.wake()) {
      task.run();
    } else {
      forget(entry);
    }
  }

  /** Doubles from a tenth of a second to ten, less up to half by chance. */
  private Duration pause(int attempts) {
    return timer.about(
        Duration.ofMillis(
            Math.min(
                LONGEST_PAUSE.toMillis(), FIRST_PAUSE.toMillis() << Math.min(20, attempts - 1))));
  }

  private static Condition condition(FlowState state, ReplicationException e) {
    return new Condition(state, e.getMessage(), e.hint());
  }
}
