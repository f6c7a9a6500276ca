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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/**
 * The patience of a settle station with its bucket: what fails by itself is tried again with
 * growing pauses, and while the bucket refuses all alike one attempt that waits and one that is new
 * probe it, and no others. Of a flow that is paused nothing is tried. Thread-safe.
 */
final class Patience {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
  private static final Duration PROBE = Duration.ofSeconds(2);

  /** After no shorter time it is an outage after which a flow begins little by little. */
  private static final Duration OUTAGE = Duration.ofSeconds(1);

  /** What failed this often in a row is worth an operator's look. */
  static final int CONSPICUOUS = 5;

  private final OnFailure onFailure;
  private final Collection<Inflow> inflows;
  private final Timer timer;
  private final InstantSource steady;
  private final BooleanSupplier mayOpen;
  private final Runnable opened;

  /**
   * An entry that fails by itself.
   *
   * @param inflows in which its key is waited for
   */
  private record Failing(Set<Inflow> inflows, Condition why) {
    private void show() {
      inflows.forEach(inflow -> inflow.conditions().set("failing", why));
    }
  }

  private final Map<Entry, Failing> failing = new LinkedHashMap<>();

  private final Queue<Attempt> blocked = new ArrayDeque<>();
  private final Set<Owner> refused = new HashSet<>();
  private boolean probing;
  private volatile boolean shut;
  private Instant shutAt;

  /**
   * Whether one new entry may be begun though it is shut: one that waits may be refused for itself.
   */
  private volatile boolean trial;

  private volatile boolean fatal;

  /** When the last attempt was begun for which the bucket has answered. */
  private final AtomicReference<Instant> answered;

  /** Likewise whose content it has taken: where it takes no writes it may answer all else. */
  private final AtomicReference<Instant> written;

  /** When any entry was refused last. */
  private final AtomicReference<Instant> refusedAt;

  /**
   * @param onFailure what becomes of arrivals that keep failing
   * @param mayOpen tells whether nothing is asked of the operator
   * @param opened is called when new work may be begun
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
    this.answered = new AtomicReference<>(steady.instant());
    this.written = new AtomicReference<>(answered.get());
    this.refusedAt = new AtomicReference<>(answered.get());
    this.mayOpen = mayOpen;
    this.opened = opened;
  }

  /** Tells whether new work may be begun. */
  boolean isOpen() {
    return (!shut || trial) && !fatal;
  }

  /** Takes note that an entry is begun. */
  void began() {
    trial = false;
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

  /**
   * Takes note of a failure that is not the entry's own, and has it tried again.
   *
   * @param begun when the attempt was
   */
  void failed(Attempt attempt, Instant begun, ReplicationException what) {
    Entry entry = attempt.entry();
    entry.attempts++;
    Inflow inflow = entry.input.inflow();
    switch (what.kind()) {
      case OPEN -> {
        entry.attempts--; // nothing was tried
        block(attempt, what.held());
      }
      case BLOCKED -> {
        inflow.figures().retried(what.getMessage(), what.hint());
        int refusals = refused(entry, begun);
        if (refusals > 0) {
          // That tells nothing of the bucket: another may be the probe.
          trial = shut && mayOpen.getAsBoolean();
          hold(attempt, what, refusals);
        } else {
          block(attempt, condition(FlowState.BLOCKED, what));
        }
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
   * Takes note that an entry was refused, and returns how often it was alone. The first time it is
   * if others were answered since any was refused last, or since it was begun itself; but what is
   * asked of the operator concerns all.
   */
  private int refused(Entry entry, Instant begun) {
    Instant now = steady.instant();
    Instant last = refusedAt.getAndSet(now);
    Instant since = last.isBefore(begun) ? last : begun;
    return entry.refused(now, mayOpen.getAsBoolean() ? since : now, answered.get());
  }

  /**
   * Takes note of one more failure of an entry's own, and tells whether its resource grants it no
   * other try.
   */
  boolean isSpent(Entry entry) {
    return entry.isSpent(steady.instant(), written.get(), onFailure);
  }

  /** Tells whether what is spent is passed over rather than set aside. */
  boolean skips() {
    return onFailure instanceof OnFailure.Skip;
  }

  /**
   * Has an entry tried again by itself, later, others going on. After some tries they have its
   * place, too, or many that wait would leave none.
   */
  void retry(Attempt attempt, ReplicationException what) {
    Entry entry = attempt.entry();
    Inflow inflow = entry.input.inflow();
    inflow.figures().retried(what.getMessage(), what.hint());
    if (entry.attempts >= CONSPICUOUS) {
      hold(attempt, what, entry.attempts);
    } else {
      attempt.rest();
      timer.after(pause(entry.attempts), () -> rested(attempt));
    }
  }

  private void hold(Attempt attempt, ReplicationException what, int times) {
    Failing anew = new Failing(attempt.held(), condition(state(what.kind()), what));
    synchronized (this) {
      failing.put(attempt.entry(), anew);
      if (!shut) {
        anew.show();
      }
    }
    attempt.await();
    again(attempt, times);
    opened.run();
  }

  /** Has an entry that gave its place to others begun anew later, when its turn comes. */
  private void again(Attempt attempt, int times) {
    timer.after(
        pause(times),
        () -> {
          if (!attempt.retry()) {
            forget(attempt.entry());
          }
        });
  }

  private void rested(Attempt attempt) {
    if (attempt.isPaused()) {
      timer.after(PROBE, () -> rested(attempt));
    } else if (attempt.wake()) {
      attempt.begin();
    } else {
      forget(attempt.entry());
    }
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
   * @param begun when its attempt was; an answer that comes late says nothing of what was asked
   *     since
   */
  void succeeded(Entry entry, Answer answer, Instant begun) {
    forget(entry);
    if (answer == Answer.NONE) {
      return;
    }
    answered.accumulateAndGet(begun, Patience::later);
    if (answer == Answer.WRITTEN) {
      written.accumulateAndGet(begun, Patience::later);
    }
    if (shut && !fatal && mayOpen.getAsBoolean()) {
      List<Attempt> waiting = open();
      timer.now(() -> goOn(waiting));
    }
  }

  /** Takes note that an entry leaves its key to a later one: what is wrong with the key goes on. */
  synchronized void gaveWay(Entry entry, Entry heir) {
    Failing held = failing.remove(entry);
    if (held != null) {
      failing.put(heir, held);
    }
  }

  private static Instant later(Instant one, Instant other) {
    return one.isBefore(other) ? other : one;
  }

  /** Lets go of what waits, after its owners were stopped. */
  void close() {
    open();
    synchronized (this) {
      failing.clear();
      inflows.forEach(inflow -> inflow.conditions().clear("failing"));
    }
  }

  /** Takes note that the bucket refuses all alike, though no entry has met that yet. */
  synchronized void refuse(ReplicationException what) {
    inflows.forEach(
        inflow -> inflow.conditions().set("target", condition(FlowState.BLOCKED, what)));
    shut();
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

  /** Has an entry wait for the bucket; others have its place, or those refused alone fill all. */
  private synchronized void block(Attempt attempt, Condition why) {
    if (!fatal || why.state() == FlowState.FAILED) {
      inflows.forEach(inflow -> inflow.conditions().set("target", why));
    }
    attempt.entry().excuse();
    attempt.await();
    blocked.add(attempt);
    shut();
  }

  private void shut() {
    if (!shut) {
      shut = true;
      shutAt = steady.instant();
      // What failed by itself is not tried meanwhile: what it failed with may be true no longer.
      inflows.forEach(inflow -> inflow.conditions().clear("failing"));
    }
    if (!probing && !fatal) {
      probing = true;
      timer.after(PROBE, this::probe);
    }
  }

  /**
   * Tries one of those that wait, and lets a new one be tried; where none waits but of flows that
   * are paused, it is opened.
   */
  private void probe() {
    Optional<Attempt> one = Optional.empty();
    List<Attempt> left = List.of();
    synchronized (this) {
      blocked.removeIf(Attempt::isGivenUp);
      if (!shut || fatal) {
        probing = false;
        return;
      }
      boolean mayBegin = inflows.stream().anyMatch(it -> !it.isPaused()) && mayOpen.getAsBoolean();
      if (mayBegin && blocked.stream().allMatch(Attempt::isPaused)) {
        probing = false;
        left = open();
      } else {
        trial = mayBegin;
        one = blocked.stream().filter(it -> !it.isPaused() && it.resume()).findFirst();
        one.ifPresent(blocked::remove);
        timer.after(PROBE, this::probe);
      }
    }
    one.ifPresent(Attempt::begin);
    goOn(left);
  }

  /**
   * Begins new work, and after a pause what waited: others show meanwhile if it was refused alone.
   */
  private void goOn(List<Attempt> waiting) {
    waiting.forEach(one -> again(one, one.entry().attempts));
    opened.run();
  }

  private synchronized List<Attempt> open() {
    if (shut && !steady.instant().isBefore(shutAt.plus(OUTAGE))) {
      inflows.forEach(inflow -> inflow.window().recover());
    }
    shut = false;
    failing.values().forEach(Failing::show);
    inflows.forEach(inflow -> inflow.conditions().clear("target"));
    List<Attempt> waiting = List.copyOf(blocked);
    blocked.clear();
    return waiting;
  }

  /** Takes note that nothing is waited for any more because of an entry. */
  synchronized void forget(Entry entry) {
    Failing done = failing.remove(entry);
    if (done != null) {
      done.inflows().stream()
          .filter(
              inflow ->
                  failing.values().stream().noneMatch(other -> other.inflows().contains(inflow)))
          .forEach(inflow -> inflow.conditions().clear("failing"));
    }
  }

  /** Doubles from a tenth of a second to ten, less up to half by chance. */
  private static Duration pause(int attempts) {
    long most =
        Math.min(
            LONGEST_PAUSE.toMillis(),
            FIRST_PAUSE.toMillis() << Math.min(20, Math.max(0, attempts - 1)));
    return Duration.of(
        ThreadLocalRandom.current().nextLong(most / 2, most + 1),
        TimeUnit.MILLISECONDS.toChronoUnit());
  }

  private static Condition condition(FlowState state, ReplicationException e) {
    return new Condition(state, e.getMessage(), e.hint());
  }
}
