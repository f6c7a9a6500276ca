package io.replicator.sqs;

import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The health of a source queue: what its requests last came to, and which messages were refused.
 *
 * <p>BLOCKED while SQS refuses an action, while one has failed three times running, or while it has
 * had no answer for some seconds; DEGRADED for half an hour after a message was left in the queue.
 * Safe for any thread.
 */
final class Health {
  private static final Logger LOG = LoggerFactory.getLogger(Health.class);
  private static final int FAILURES_IN_A_ROW = 3;

  /** Five seconds more than a long poll waits: what answers no more need not be waited out. */
  private static final Duration SILENCE = Duration.ofSeconds(6);

  /** Twice the longest pause between two deliveries of a refused message. */
  private static final Duration REFUSAL_SHOWN = Duration.ofMinutes(30);

  /** A loop may refuse thousands of messages a second: one of them is logged. */
  private static final Duration REFUSAL_LOG_PERIOD = Duration.ofSeconds(10);

  private final Queue queue;
  private final InstantSource clock;
  private final Map<Action, Failing> failing = new EnumMap<>(Action.class);
  private final Map<Action, Asked> asked = new EnumMap<>(Action.class);
  private Condition refusal = Condition.RUNNING;
  private Condition failed = Condition.RUNNING;
  private Instant refusedAt = Instant.MIN;
  private Instant refusalLogged = Instant.MIN;
  private long refused;
  private boolean blocked;

  private record Failing(ReplicationException last, int times) {
    boolean blocks() {
      return last.kind() != ReplicationException.Kind.TRANSIENT || times >= FAILURES_IN_A_ROW;
    }
  }

  /** The requests under way of one action, and since when none of them was answered. */
  private static final class Asked {
    private int requests;
    private Instant since;
  }

  Health(Queue queue, InstantSource clock) {
    this.queue = queue;
    this.clock = clock;
  }

  /** Notes that a request for an action begins, of which its end is told as well. */
  synchronized void asked(Action action) {
    Asked requests = asked.computeIfAbsent(action, first -> new Asked());
    if (requests.requests++ == 0) {
      requests.since = clock.instant();
    }
  }

  private void ended(Action action) {
    Asked requests = asked.get(action);
    if (requests != null) {
      requests.requests--;
    }
  }

  private boolean isSilent(Action action) {
    Asked requests = asked.get(action);
    return requests != null
        && requests.requests > 0
        && !clock.instant().isBefore(requests.since.plus(SILENCE));
  }

  /** Notes that an action succeeded. */
  synchronized void passed(Action action) {
    ended(action);
    if (asked.containsKey(action)) {
      asked.get(action).since = clock.instant();
    }
    if (failing.remove(action) != null && blocked && blocking() == null) {
      blocked = false;
      LOG.info("Capture from {} goes on", queue);
    }
  }

  /** Notes that an action failed; after a silence once is enough, or it would come and go. */
  synchronized void failed(Action action, ReplicationException failure) {
    Failing before = failing.get(action);
    int times = before == null ? 1 : before.times() + 1;
    times = isSilent(action) ? Math.max(FAILURES_IN_A_ROW, times) : times;
    ended(action);
    failing.put(action, new Failing(failure, times));
    if (!blocked && blocking() != null) {
      blocked = true;
      LOG.warn("Capture from {} is blocked: {}; {}", queue, failure.getMessage(), failure.hint());
    }
  }

  /** Notes that a message was left in the queue, because it must not or cannot travel. */
  synchronized void refused(String message, String reason, String hint) {
    Instant now = clock.instant();
    if (now.isAfter(refusalLogged.plus(REFUSAL_LOG_PERIOD))) {
      refusalLogged = now;
      LOG.warn(
          "Message {} is left in {}: {}; {} ({} before it)", message, queue, reason, hint, refused);
    }
    refused++;
    refusedAt = now;
    refusal =
        new Condition(
            FlowState.DEGRADED,
            refused + " times a message was left in " + queue + ", last " + message + ": " + reason,
            hint);
  }

  /** Follows a chain of callbacks that must not fail: if it does, the source says so for good. */
  void watch(CompletionStage<?> chain) {
    chain.exceptionally(
        bug -> {
          LOG.error("Capture from {} met an error of its own", queue, bug);
          synchronized (this) {
            failed =
                new Condition(
                    FlowState.FAILED, "unexpected: " + bug, "report this, then restart the agent");
          }
          return null;
        });
  }

  synchronized Condition condition() {
    if (failed.state() == FlowState.FAILED) {
      return failed;
    }
    ReplicationException failure = blocking();
    if (failure != null) {
      return new Condition(FlowState.BLOCKED, failure.getMessage(), failure.hint());
    }
    boolean shown = clock.instant().isBefore(refusedAt.plus(REFUSAL_SHOWN));
    return shown ? refusal : Condition.RUNNING;
  }

  private ReplicationException blocking() {
    for (Failing action : failing.values()) {
      if (action.blocks()) {
        return action.last();
      }
    }
    for (Action action : asked.keySet()) {
      if (isSilent(action)) {
        return Failure.silent(action, queue.name(), SILENCE);
      }
    }
    return null;
  }
}
