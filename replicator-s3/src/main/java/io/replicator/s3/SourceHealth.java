package io.replicator.s3;

import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The health of a source of hints: what its requests last came to, and which messages could not be
 * read.
 *
 * <p>BLOCKED while the store refuses, while requests have failed three times running, or while none
 * was answered for some seconds; DEGRADED from a message that could not be read on, for a day or
 * until an operator accepts it: what it told is missing until a backfill has run. Safe for any
 * thread.
 */
final class SourceHealth {
  private static final Logger LOG = LoggerFactory.getLogger(SourceHealth.class);
  private static final int FAILURES_IN_A_ROW = 3;

  /** Five seconds more than a long poll waits: what answers no more need not be waited out. */
  private static final Duration SILENCE = Duration.ofSeconds(6);

  private static final Duration SHOWN = Duration.ofDays(1);
  private static final Duration LOG_PERIOD = Duration.ofSeconds(10);

  private final String source;
  private final InstantSource clock;
  private ReplicationException failure;
  private Condition degraded = Condition.RUNNING;
  private Instant unreadableAt = Instant.EPOCH;
  private Instant logged = Instant.EPOCH;
  private int failures;
  private int underWay;
  private Instant silentSince = Instant.EPOCH;
  private long unreadable;

  SourceHealth(String source, InstantSource clock) {
    this.source = source;
    this.clock = clock;
  }

  /** Notes that a request begins that is answered within a second or two. */
  synchronized void asked() {
    if (underWay++ == 0) {
      silentSince = clock.instant();
    }
  }

  private void ended() {
    underWay = Math.max(0, underWay - 1);
  }

  private boolean isSilent() {
    return underWay > 0 && !clock.instant().isBefore(silentSince.plus(SILENCE));
  }

  synchronized void passed() {
    ended();
    silentSince = clock.instant();
    if (failures >= FAILURES_IN_A_ROW) {
      LOG.info("Hints from {} come again", source);
    }
    failures = 0;
    failure = null;
  }

  synchronized void failed(ReplicationException failed) {
    // What waiting does not mend is shown at once, and logged once.
    boolean before = failures >= FAILURES_IN_A_ROW;
    boolean lasting = failed.kind() != ReplicationException.Kind.TRANSIENT;
    // After a silence once is enough, or it would come and go.
    failures = lasting || isSilent() ? Math.max(FAILURES_IN_A_ROW, failures + 1) : failures + 1;
    ended();
    failure = failed;
    if (!before && failures >= FAILURES_IN_A_ROW) {
      LOG.warn("Hints from {} are blocked: {}; {}", source, failed.getMessage(), failed.hint());
    }
  }

  /** Notes that a message could not be read; what it told may be missing. */
  synchronized void unreadable(String message, String reason) {
    Instant now = clock.instant();
    unreadable++;
    unreadableAt = now;
    String hint =
        "run backfill for this resource, for what the message told is missing, then replicator"
            + " accept-gap for this flow; see that only the bucket's notifications are sent there";
    degraded =
        new Condition(
            FlowState.DEGRADED,
            unreadable
                + " times a message of "
                + source
                + " could not be read, last "
                + message
                + ": "
                + reason,
            hint);
    if (now.isAfter(logged.plus(LOG_PERIOD))) {
      logged = now;
      LOG.warn("Message {} of {} cannot be read: {}; {}", message, source, reason, hint);
    }
  }

  /** What could not be read is taken as lost, or was mended: it is shown no longer. */
  synchronized void acceptGap() {
    unreadableAt = Instant.EPOCH;
  }

  synchronized Condition condition() {
    if (failures >= FAILURES_IN_A_ROW) {
      return new Condition(FlowState.BLOCKED, failure.getMessage(), failure.hint());
    }
    if (isSilent()) {
      return new Condition(
          FlowState.BLOCKED,
          "no answer from " + source + " for more than " + SILENCE.toSeconds() + " s",
          Failure.REACH);
    }
    return clock.instant().isBefore(unreadableAt.plus(SHOWN)) ? degraded : Condition.RUNNING;
  }
}
