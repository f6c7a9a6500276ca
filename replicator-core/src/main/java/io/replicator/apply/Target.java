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
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
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
  private static final Duration PROBE = Duration.ofSeconds(2);

  /** A change that failed this often in a row is worth an operator's look. */
  private static final int CONSPICUOUS = 5;

  /** Is told when a change is applied or set aside. */
  interface Finished {
    void accept(Entry entry);
  }

  private final Flow flow;
  private final Applier applier;
  private final DeadLetters deadLetters;
  private final Timer timer;
  private final Figures figures;
  private final Conditions conditions;
  private final Runnable opened;
  private final Queue<Runnable> blocked = new ArrayDeque<>();
  private boolean probing;
  private volatile boolean shut;
  private volatile boolean closed;

  /**
   * @param opened is called when new changes may be begun again
   */
  Target(
      Flow flow,
      Applier applier,
      DeadLetters deadLetters,
      Timer timer,
      Figures figures,
      Conditions conditions,
      Runnable opened) {
    this.flow = flow;
    this.applier = applier;
    this.deadLetters = deadLetters;
    this.timer = timer;
    this.figures = figures;
    this.conditions = conditions;
    this.opened = opened;
  }

  /** Tells whether a new change may be begun. */
  boolean isOpen() {
    return !shut && !closed;
  }

  /** Applies a change. */
  void apply(Entry entry, Change change, Finished finished) {
    if (closed) {
      return;
    }
    CompletionStage<Applier.Outcome> stage;
    try {
      stage = applier.apply(change);
    } catch (ReplicationException e) {
      stage = CompletableFuture.failedFuture(e);
    }
    stage.whenComplete(
        (outcome, failure) -> {
          if (failure == null) {
            count(outcome, change);
            works();
            finished.accept(entry);
          } else {
            failed(entry, change, failure, finished);
          }
        });
  }

  /** Sets a record aside. */
  void setAside(Entry entry, String reason, String hint, Finished finished) {
    if (closed) {
      return;
    }
    deadLetters
        .add(flow, entry.message, entry.attempts, reason)
        .whenComplete(
            (durable, failure) -> {
              if (failure == null) {
                figures.deadLettered(reason, hint);
                LOG.warn("flow {}: dead letter: {}. {}", flow, reason, hint);
                finished.accept(entry);
              } else {
                later(FIRST_PAUSE.multipliedBy(10), () -> setAside(entry, reason, hint, finished));
              }
            });
  }

  /** Begins nothing more; what is under way may still finish. */
  void close() {
    closed = true;
  }

  private void count(Applier.Outcome outcome, Change change) {
    switch (outcome) {
      case APPLIED -> figures.applied(change.size(), change.time());
      case DUPLICATE -> figures.duplicate();
      case SUPERSEDED -> figures.superseded();
    }
  }

  private void failed(Entry entry, Change change, Throwable failure, Finished finished) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    ReplicationException what =
        cause instanceof ReplicationException known
            ? known
            : new ReplicationException(
                ReplicationException.Kind.TRANSIENT, "unexpected: " + cause, "", cause);
    entry.attempts++;
    Runnable again = () -> apply(entry, change, finished);
    switch (what.kind()) {
      case TRANSIENT -> {
        figures.retried(what.getMessage(), what.hint());
        if (entry.attempts >= CONSPICUOUS) {
          conditions.set("failing", condition(FlowState.BLOCKED, what));
        }
        later(pause(entry.attempts), again);
      }
      case POISON -> {
        works();
        setAside(entry, change + ": " + what.getMessage(), what.hint(), finished);
      }
      case BLOCKED -> {
        figures.retried(what.getMessage(), what.hint());
        conditions.set("target", condition(FlowState.BLOCKED, what));
        block(again);
      }
      case FATAL -> {
        figures.failed(what.getMessage(), what.hint());
        conditions.set("target", condition(FlowState.FAILED, what));
        shut = true;
      }
    }
  }

  private synchronized void block(Runnable again) {
    shut = true;
    blocked.add(again);
    if (!probing) {
      probing = true;
      later(PROBE, this::probe);
    }
  }

  private void probe() {
    Runnable one;
    synchronized (this) {
      probing = false;
      one = blocked.poll();
    }
    if (one != null) {
      one.run();
    }
  }

  /** Takes note that the target has answered as it should. */
  private void works() {
    conditions.clear("failing");
    if (!shut || conditions.present().state() == FlowState.FAILED) {
      return;
    }
    Runnable[] waiting;
    synchronized (this) {
      shut = false;
      waiting = blocked.toArray(new Runnable[0]);
      blocked.clear();
    }
    conditions.clear("target");
    timer.now(
        () -> {
          for (Runnable one : waiting) {
            one.run();
          }
          opened.run();
        });
  }

  private void later(Duration pause, Runnable task) {
    if (!closed) {
      timer.after(pause, task);
    }
  }

  /** Doubles from a tenth of a second to ten, less up to half by chance. */
  private static Duration pause(int attempts) {
    long most =
        Math.min(LONGEST_PAUSE.toMillis(), FIRST_PAUSE.toMillis() << Math.min(20, attempts - 1));
    return Duration.of(
        ThreadLocalRandom.current().nextLong(most / 2, most + 1),
        TimeUnit.MILLISECONDS.toChronoUnit());
  }

  private static Condition condition(FlowState state, ReplicationException e) {
    return new Condition(state, e.getMessage(), e.hint());
  }
}
