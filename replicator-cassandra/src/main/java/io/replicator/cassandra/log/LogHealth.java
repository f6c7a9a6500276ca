package io.replicator.cassandra.log;

import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The health of a flow's reading: what it could not read, and what it passes over. Thread-safe. */
final class LogHealth {
  private static final Logger LOG = LoggerFactory.getLogger(LogHealth.class);

  private final String flow;
  private final AtomicLong applied = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicLong leftOut = new AtomicLong();
  private final Set<Path> setAside = ConcurrentHashMap.newKeySet();
  private final Set<String> told = ConcurrentHashMap.newKeySet();
  private volatile String gap;
  private volatile Condition trouble = Condition.RUNNING;

  /**
   * @param flow as an operator writes it
   * @param gap what is known to be missing from before; empty if nothing is
   */
  LogHealth(String flow, String gap) {
    this.flow = flow;
    this.gap = gap;
  }

  /** An entry was passed over because it came from another region. */
  void applied() {
    applied.incrementAndGet();
  }

  /** An entry was passed over because its table was dropped. */
  void dropped(String what) {
    if (dropped.getAndIncrement() == 0) {
      LOG.warn("flow {}: mutations of dropped tables are passed over: {}", flow, what);
    }
  }

  /** A segment was set aside, or one of which that is known already. */
  void setAside(Path segment) {
    setAside.add(segment);
  }

  /** Columns were left out that cannot be replicated. */
  void leftOut(int columns, String table) {
    leftOut.addAndGet(columns);
    if (columns > 0) {
      lostOnce(
          table
              + " has a list that is not frozen, since the capture began: its elements are left"
              + " out, other columns go on, and the next start of this capture will be refused; make"
              + " the list frozen, or set cdc = false on the table");
    }
  }

  /** A table was to be captured that cannot be replicated. */
  void refused(String table) {
    lostOnce(
        table
            + " has cdc = true and cannot be replicated (counters, COMPACT STORAGE): nothing of it"
            + " is sent, and the next start of this capture will be refused; set cdc = false on it");
  }

  /** Something goes on to be missing, of which the operator is told once, beside what else is. */
  private void lostOnce(String what) {
    if (told.add(what)) {
      LOG.warn("flow {}: {}", flow, what);
      gap = gap.isEmpty() ? what : gap + "; " + what;
    }
  }

  /** Something is missing that was written. */
  void lost(String what) {
    if (gap.isEmpty()) {
      LOG.warn("flow {}: {}", flow, what);
      gap = what;
    }
  }

  /** Returns what is known to be missing; empty if nothing is. */
  String gap() {
    return gap;
  }

  void acceptGap() {
    gap = "";
  }

  /** Reading waits for something. */
  void waits(FlowState state, String reason, String hint) {
    trouble = new Condition(state, reason, hint);
  }

  void failed(Path where, Exception failure) {
    trouble =
        new Condition(
            FlowState.BLOCKED,
            "the commit log in " + where + " cannot be read: " + failure,
            "look at the directory and its rights; nothing is lost while its space lasts");
  }

  /** Nothing stands in the way. */
  void reads() {
    trouble = Condition.RUNNING;
  }

  Condition condition() {
    Condition present = trouble;
    if (present.state() != FlowState.RUNNING || gap.isEmpty()) {
      return present;
    }
    return new Condition(
        FlowState.DEGRADED,
        gap,
        "send the present state: replicator backfill "
            + flow
            + " [--token-range FROM:TO]; then call acceptGap on this bean");
  }

  /** Returns how much was passed over, for the log. */
  String passedOver() {
    return applied
        + " entries that were applied here, "
        + dropped
        + " of dropped tables, "
        + leftOut
        + " columns";
  }

  long setAsideCount() {
    return setAside.size();
  }

  long droppedCount() {
    return dropped.get();
  }
}
