package io.replicator.apply;

import io.replicator.model.Condition;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What parked keys wait for that an operator has to see to: a table, or an upgrade. Guarded by its
 * {@link ParkedKeys}.
 */
final class Waits {
  private final Map<ParkedKey, Condition> conditions = new LinkedHashMap<>();

  /** Sets what a key waits for; RUNNING for nothing. */
  void set(ParkedKey key, Condition condition) {
    if (condition.equals(Condition.RUNNING)) {
      conditions.remove(key);
    } else {
      conditions.put(key, condition);
    }
  }

  /** Takes note that a key waits for nothing any more. */
  void remove(ParkedKey key) {
    conditions.remove(key);
  }

  /** Returns what the key waits for that has done so longest; empty if none does. */
  Optional<Condition> first() {
    return conditions.values().stream().findFirst();
  }

  void clear() {
    conditions.clear();
  }
}
