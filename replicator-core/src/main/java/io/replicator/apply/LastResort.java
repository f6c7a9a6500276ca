package io.replicator.apply;

import io.replicator.lag.Figures;
import io.replicator.model.Change;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import io.replicator.model.OnFailure;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last resort for a change that keeps failing for a reason of its own: it is tried again, at
 * last from parking, or it becomes a dead letter or is passed over, as its resource says.
 * Thread-safe.
 */
final class LastResort {
  private static final Logger LOG = LoggerFactory.getLogger(LastResort.class);
  private static final Duration AGAIN = Duration.ofSeconds(1);

  private final Flow flow;
  private final OnFailure onFailure;
  private final DeadLetters deadLetters;
  private final LocalWrites writes;
  private final Retries retries;
  private final Failing failing;
  private final Figures figures;
  private final Parker parker;
  private final Finish finish;

  private final LongSupplier nanos;

  /** When the last of the calls was begun that the target has answered. */
  private final AtomicLong answered;

  private final Lacks lacks;

  /**
   * @param finish of each change that is set aside, called once
   * @param nanos the time that passes, as of {@link System#nanoTime}
   */
  LastResort(
      Flow flow,
      OnFailure onFailure,
      DeadLetters deadLetters,
      LocalWrites writes,
      Retries retries,
      Failing failing,
      Figures figures,
      Parker parker,
      Finish finish,
      LongSupplier nanos) {
    this.flow = flow;
    this.onFailure = onFailure;
    this.deadLetters = deadLetters;
    this.writes = writes;
    this.retries = retries;
    this.failing = failing;
    this.figures = figures;
    this.parker = parker;
    this.finish = finish;
    this.nanos = nanos;
    this.answered = new AtomicLong(nanos.getAsLong());
    this.lacks = new Lacks(nanos);
  }

  /** Takes note that the target has taken the change of a call that was begun then. */
  void answered(long begun) {
    answered.accumulateAndGet(begun, (one, other) -> other - one > 0 ? other : one);
  }

  /** Tells whether it has to any call that was begun after a time; what came late says nothing. */
  boolean hasAnsweredSince(long nanos) {
    return answered.get() - nanos > 0;
  }

  /**
   * Takes a change that failed for a reason of its own. Where the target has answered for no other
   * since its last try, that may be the target's fault as well, as what it refuses is: it is not
   * given up for that, and parking loses nothing.
   *
   * @param again tries it again at once
   */
  void failed(Lane lane, Entry entry, Change change, ReplicationException what, Runnable again) {
    long now = nanos.getAsLong();
    boolean alone = isAlone(entry.tries, what.kind(), now);
    boolean itsOwnFault = alone && what.kind() != Kind.BLOCKED;
    entry.tries.alone = alone;
    entry.tries.failed(now, itsOwnFault);
    if (itsOwnFault && entry.tries.areSpent(onFailure)) {
      giveUp(lane, entry, change + ": " + what.getMessage(), what.hint(), Optional.of(what));
      return;
    }
    figures.retried(what.getMessage(), what.hint());
    if (entry.ticket.isPresent()) {
      putBack(lane, entry, what);
    } else {
      hold(lane, entry, change, what, again);
    }
  }

  /**
   * Tells whether the target takes others while this fails. One that is refused for the first time
   * may be the first of all that are: what the target answered before says nothing of it.
   */
  private boolean isAlone(Tries tries, Kind kind, long now) {
    return switch (kind) {
      case TRANSIENT -> hasAnsweredSince(tries.last(now));
      case BLOCKED -> tries.alone || hasAnsweredSince(tries.last(now));
      default -> true;
    };
  }

  /** Puts a change that came out of parking back, in front of those of its key. */
  void putBack(Lane lane, Entry entry, ReplicationException what) {
    lane.putBack(entry, condition(what));
  }

  /** Takes a change that will never be done, or whose tries are spent. */
  void giveUp(Lane lane, Entry entry, String reason, String hint, Optional<Throwable> why) {
    failing.forget(entry);
    if (onFailure instanceof OnFailure.Skip) {
      figures.skipped(reason, hint);
      LOG.debug("flow {}: skipped: {}", flow, reason);
      finish.accept(lane, entry);
    } else {
      setAside(lane, entry, reason, hint, why);
    }
  }

  /**
   * Makes a record a dead letter.
   *
   * @param why what was thrown, if anything was
   */
  void setAside(Lane lane, Entry entry, String reason, String hint, Optional<Throwable> why) {
    deadLetters
        .add(flow, entry.message, entry.tries.attempts, reason, why, writes)
        .whenComplete(
            (durable, failure) -> {
              if (failure == null) {
                figures.deadLettered(reason, hint);
                LOG.warn("flow {}: dead letter: {}. {}", flow, reason, hint);
                finish.accept(lane, entry);
              } else {
                figures.retried("a dead letter was not written: " + failure.getMessage(), "");
                retries.later(AGAIN, lane, entry, () -> setAside(lane, entry, reason, hint, why));
              }
            });
  }

  /**
   * Has a change of the topic tried again while there is room to wait for it, and parks it then.
   */
  private void hold(
      Lane lane, Entry entry, Change change, ReplicationException what, Runnable again) {
    boolean lacking = what.kind() == Kind.SCHEMA;
    if (what.kind() != Kind.TRANSIENT) {
      entry.tries.attempts = Math.max(entry.tries.attempts, Failing.CONSPICUOUS);
    } else if (entry.tries.attempts < Failing.CONSPICUOUS) {
      retries.soon(lane, entry, again);
      return;
    }
    failing.add(entry, state(what.kind()), what);
    boolean crowded = lane.lacks(entry);
    if ((crowded || entry.tries.failingFor().compareTo(parkAfter()) >= 0)
        && parker.hasRoom(false)) {
      parker.park(lane, entry, change, what.getMessage(), what.hint(), condition(what));
    } else if (lacking && lacks.isGivenUp(what.getMessage(), crowded)) {
      failing.forget(entry);
      setAside(
          lane,
          entry,
          change + ": " + what.getMessage() + ", and the flow cannot hold more that waits for it",
          "create it here as it is at the origin, then send the present state: replicator backfill "
              + flow,
          Optional.of(what));
    } else {
      retries.await(lane, entry);
    }
  }

  /** Others pass, and what is parked is tried by itself, so most often there is nothing to show. */
  private static Condition condition(ReplicationException what) {
    FlowState state = state(what.kind());
    return state == FlowState.BLOCKED ? Condition.RUNNING : Failing.condition(state, what);
  }

  private static FlowState state(Kind kind) {
    return switch (kind) {
      case SCHEMA -> FlowState.WAITING_FOR_SCHEMA;
      case NEWER -> FlowState.NEEDS_UPGRADE;
      default -> FlowState.BLOCKED;
    };
  }

  private Duration parkAfter() {
    return ((OnFailure.Retry)
            (onFailure instanceof OnFailure.Retry ? onFailure : OnFailure.DEFAULT))
        .parkAfter();
  }
}
