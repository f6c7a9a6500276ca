package io.replicator.settle;

import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.model.OnFailure;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import io.replicator.timer.Timer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The patience of a settle station with its bucket: what fails by itself is tried again with
 * growing pauses, and while the bucket refuses all alike nothing new is begun and one attempt
 * probes it. Thread-safe.
 */
final class Patience {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
  private static final Duration PROBE = Duration.ofSeconds(2);

  /** What failed this often in a row is worth an operator's look. */
  static final int CONSPICUOUS = 5;

  private final OnFailure onFailure;
  private final Collection<Inflow> inflows;
  private final Timer timer;
  private final InstantSource steady;
  private final BooleanSupplier mayOpen;
  private final Runnable opened;

  /** What fails by itself, and the flows in which its key is waited for. */
  private final Map<Entry, Set<Inflow>> failing = new ConcurrentHashMap<>();

  private final Queue<Attempt> blocked = new ArrayDeque<>();
  private final Set<Owner> refused = new HashSet<>();
  private boolean probing;
  private volatile boolean shut;
  private volatile boolean fatal;
  private volatile Instant answeredAt;

  /**
   * @param onFailure what becomes of arrivals that keep failing
   * @param mayOpen tells whether nothing is asked of the operator
   * @param opened is called when new work may be begun again
   */
  Patience(
      OnFailure onFailure,
      Collection<Inflow> inflows,
      Timer timer,
      InstantSource steady,
      BooleanSupplier mayOpen,
      Runnable opened) {
    this.onFailure = onFailure;
    this.inflows = inflows;
    this.timer = timer;
    this.steady = steady;
    this.answeredAt = steady.instant();
    this.mayOpen = mayOpen;
    this.opened = opened;
  }

  /** Tells whether new work may be begun. */
  boolean isOpen() {
    return !shut && !fatal;
  }

  /** Returns what a failure is, as far as the store has said. */
  static ReplicationException reason(Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause instanceof ReplicationException known
        ? known
        : new ReplicationException(Kind.TRANSIENT, "unexpected: " + cause, "", cause);
  }

  /** Takes note of a failure that is not the entry's own, and has it tried again. */
  void failed(Attempt attempt, ReplicationException what) {
    Entry entry = attempt.entry();
    entry.attempts++;
    Inflow inflow = entry.input.inflow();
    switch (what.kind()) {
      case OPEN -> {
        entry.attempts--; // nothing was tried
        block(attempt, condition(FlowState.OPEN, what));
      }
      case BLOCKED -> {
        inflow.figures().retried(what.getMessage(), what.hint());
        block(attempt, condition(FlowState.BLOCKED, what));
      }
      case FATAL -> {
        inflow.figures().failed(what.getMessage(), what.hint());
        fatal = true;
        block(attempt, condition(FlowState.FAILED, what));
      }
      default -> {
        retry(attempt, what);
      }
    }
  }

  /**
   * Takes note of one more failure of an entry's own, and tells whether its resource grants it no
   * other try. Where the bucket has answered for no other since the first, that may be the bucket's
   * fault as well.
   */
  boolean isSpent(Entry entry) {
    Instant now = steady.instant();
    Instant since = entry.failed(now);
    return answeredAt.isAfter(since)
        && onFailure.isSpent(entry.failures(), Duration.between(since, now));
  }

  /** Tells whether what is spent is passed over rather than set aside. */
  boolean skips() {
    return onFailure instanceof OnFailure.Skip;
  }

  /** Has an entry tried again by itself, later, others going on. */
  void retry(Attempt attempt, ReplicationException what) {
    Entry entry = attempt.entry();
    Inflow inflow = entry.input.inflow();
    inflow.figures().retried(what.getMessage(), what.hint());
    if (entry.attempts >= CONSPICUOUS) {
      Set<Inflow> held = attempt.held();
      failing.put(entry, held);
      held.forEach(it -> it.conditions().set("failing", condition(state(what.kind()), what)));
    }
    attempt.rest();
    timer.after(pause(entry.attempts), () -> again(attempt));
  }

  private static FlowState state(Kind kind) {
    return switch (kind) {
      case OPEN -> FlowState.OPEN;
      case NEWER -> FlowState.NEEDS_UPGRADE;
      default -> FlowState.BLOCKED;
    };
  }

  /**
   * Takes note that an entry is done.
   *
   * @param answered whether the bucket has answered for it, as it should
   */
  void succeeded(Entry entry, boolean answered) {
    recovered(entry);
    if (answered) {
      answeredAt = steady.instant();
    }
    if (answered && shut && !fatal && mayOpen.getAsBoolean()) {
      List<Attempt> waiting = open();
      timer.now(
          () -> {
            waiting.stream().filter(one -> !one.requeue()).forEach(one -> recovered(one.entry()));
            opened.run();
          });
    }
  }

  /** Lets go of what waits, after its owners were stopped. */
  void close() {
    open().forEach(this::again);
    inflows.forEach(inflow -> inflow.conditions().clear("failing"));
  }

  /** Takes note that the bucket refuses all alike, though no entry has met that yet. */
  synchronized void refuse(ReplicationException what) {
    shut = true;
    inflows.forEach(
        inflow -> inflow.conditions().set("target", condition(FlowState.BLOCKED, what)));
    if (!probing && !fatal) {
      probing = true;
      timer.after(PROBE, this::probe);
    }
  }

  /** Shows that the bucket refuses something at the beginning of an owner. */
  synchronized void show(Owner owner, ReplicationException what) {
    refused.add(owner);
    inflows.forEach(
        inflow -> inflow.conditions().set("target", condition(FlowState.BLOCKED, what)));
  }

  /** Takes note that an owner has begun, or never will. */
  synchronized void begun(Owner owner) {
    if (refused.remove(owner) && refused.isEmpty() && !shut && !fatal) {
      inflows.forEach(inflow -> inflow.conditions().clear("target"));
    }
  }

  private synchronized void block(Attempt attempt, Condition why) {
    shut = true;
    if (!fatal || why.state() == FlowState.FAILED) {
      inflows.forEach(inflow -> inflow.conditions().set("target", why));
    }
    attempt.entry().excuse();
    attempt.rest();
    blocked.add(attempt);
    if (!probing && !fatal) {
      probing = true;
      timer.after(PROBE, this::probe);
    }
  }

  /** Tries one of those that wait; where none is left, the next new entry will do. */
  private void probe() {
    while (true) {
      Attempt one;
      synchronized (this) {
        if (!shut || fatal) {
          probing = false;
          return;
        }
        one = blocked.poll();
        if (one == null) {
          if (!mayOpen.getAsBoolean()) {
            timer.after(PROBE, this::probe);
            return;
          }
          probing = false;
          open();
          break;
        }
      }
      if (again(one)) {
        timer.after(PROBE, this::probe);
        return;
      }
    }
    opened.run();
  }

  private synchronized List<Attempt> open() {
    shut = false;
    inflows.forEach(inflow -> inflow.window().recover());
    inflows.forEach(inflow -> inflow.conditions().clear("target"));
    List<Attempt> waiting = List.copyOf(blocked);
    blocked.clear();
    return waiting;
  }

  private boolean again(Attempt attempt) {
    boolean begun = attempt.wake();
    if (begun) {
      attempt.begin();
    } else {
      recovered(attempt.entry());
    }
    return begun;
  }

  private void recovered(Entry entry) {
    Set<Inflow> held = failing.remove(entry);
    if (held != null) {
      held.stream()
          .filter(inflow -> failing.values().stream().noneMatch(others -> others.contains(inflow)))
          .forEach(inflow -> inflow.conditions().clear("failing"));
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
