package io.replicator.cassandra;

import io.replicator.model.Change;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.time.Duration;
import java.time.Instant;

/**
 * Changes that came too late: older than the target keeps tombstones. Written now, they could bring
 * back what was deleted here since, so they become dead letters, and the flow tells from when to
 * when. Thread-safe.
 */
final class TooLate {
  private final String flow;
  private Instant first;
  private Instant last;
  private TableName table;

  TooLate(String flow) {
    this.flow = flow;
  }

  /** Takes note of a change and returns why it is refused. */
  synchronized ReplicationException refuse(Change change, TableName of, Duration grace) {
    first = first == null || change.time().isBefore(first) ? change.time() : first;
    last = last == null || change.time().isAfter(last) ? change.time() : last;
    table = of;
    return new ReplicationException(
        Kind.POISON,
        "it was written at %s, longer ago than %s keeps tombstones (gc_grace_seconds = %d)"
            .formatted(change.time(), of, grace.toSeconds()),
        hint(),
        null);
  }

  private String hint() {
    return "send the present state instead: replicator backfill "
        + flow
        + "; then here: replicator accept-gap "
        + flow;
  }

  synchronized Condition condition() {
    return first == null
        ? Condition.RUNNING
        : new Condition(
            FlowState.DEGRADED,
            "changes to %s that were written from %s to %s came later than gc_grace_seconds allows"
                .formatted(table, first, last),
            hint());
  }

  synchronized void accept() {
    first = null;
    last = null;
  }
}
