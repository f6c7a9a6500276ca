package io.replicator.apply;

import io.replicator.lag.Conditions;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.spi.ReplicationException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The failing entries of a flow that hold it back, each for a reason of its own, as its conditions
 * show them. Thread-safe.
 */
final class Failing {
  /** A change that failed this often in a row is worth an operator's look. */
  static final int CONSPICUOUS = 5;

  private final Conditions conditions;
  private final Set<Entry> failing = ConcurrentHashMap.newKeySet();
  private final Set<Entry> newer = ConcurrentHashMap.newKeySet();

  Failing(Conditions conditions) {
    this.conditions = conditions;
  }

  /** Takes note that an entry waits for a reason that an operator can see to. */
  void add(Entry entry, FlowState state, ReplicationException why) {
    boolean waitsForUpgrade = state == FlowState.NEEDS_UPGRADE;
    (waitsForUpgrade ? newer : failing).add(entry);
    conditions.set(waitsForUpgrade ? "newer" : "failing", condition(state, why));
  }

  /** Takes note that nothing is waited for any more because of an entry. */
  void forget(Entry entry) {
    if (entry.attempts == 0) {
      return;
    }
    if (failing.remove(entry) && failing.isEmpty()) {
      conditions.clear("failing");
    }
    if (newer.remove(entry) && newer.isEmpty()) {
      conditions.clear("newer");
    }
  }

  /** Shows none of them any more. */
  void clear() {
    conditions.clear("failing");
    conditions.clear("newer");
  }

  static Condition condition(FlowState state, ReplicationException e) {
    return new Condition(state, e.getMessage(), e.hint());
  }
}
