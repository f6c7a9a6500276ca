package io.replicator.apply;

import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What some wait for that an operator has to see to: a table, an upgrade. Each of it once, however
 * many wait for it, and what was waited for first comes first. Guarded by whoever has it.
 *
 * @param <W> that which waits
 */
final class Waits<W> {
  /** So many tables and statements are shown; an operator has enough to do with them. */
  private static final int MOST = 10;

  private final Map<W, Condition> conditions = new HashMap<>();
  private final Map<Condition, Integer> counts = new LinkedHashMap<>();

  /**
   * Sets what one waits for; RUNNING for nothing.
   *
   * @return whether something else is waited for now than before
   */
  boolean set(W one, Condition condition) {
    if (condition.equals(Condition.RUNNING)) {
      return remove(one);
    }
    Condition before = conditions.put(one, condition);
    if (condition.equals(before)) {
      return false;
    }
    boolean first = counts.merge(condition, 1, Integer::sum) == 1;
    return (before != null && isGone(before)) || first;
  }

  /** Takes note that one waits for nothing any more; returns as {@link #set} does. */
  boolean remove(W one) {
    Condition before = conditions.remove(one);
    return before != null && isGone(before);
  }

  private boolean isGone(Condition before) {
    return counts.merge(before, -1, (count, less) -> count == 1 ? null : count + less) == null;
  }

  /** Returns all that is waited for. */
  List<Condition> all() {
    return List.copyOf(counts.keySet());
  }

  /** Returns how many different things are waited for. */
  int count() {
    return counts.size();
  }

  void clear() {
    conditions.clear();
    counts.clear();
  }

  /**
   * Returns several conditions as one, in the gravest state of theirs: of what is missing all that
   * an operator can be expected to read, of others the first.
   */
  static Condition joined(Collection<Condition> several) {
    FlowState state =
        FlowState.GRAVEST_FIRST.stream()
            .filter(it -> several.stream().anyMatch(one -> one.state() == it))
            .findFirst()
            .orElse(FlowState.RUNNING);
    List<Condition> gravest = several.stream().filter(one -> one.state() == state).toList();
    if (state != FlowState.WAITING_FOR_SCHEMA) {
      return gravest.stream().findFirst().orElse(Condition.RUNNING);
    }
    // Of one table each change tells the columns that it has: the longest hint has most of them.
    Map<String, String> hints = new LinkedHashMap<>();
    gravest.forEach(
        one ->
            hints.merge(
                one.reason(),
                one.hint(),
                (known, it) -> it.length() > known.length() ? it : known));
    Mends mends = new Mends();
    hints.values().stream().limit(MOST).forEach(mends::add);
    int left = hints.size() - MOST;
    return new Condition(
        state,
        hints.keySet().stream()
                .limit(MOST)
                .flatMap(reason -> Stream.of(reason.split("; ")))
                .distinct()
                .collect(Collectors.joining("; "))
            + (left > 0 ? "; and " + left + " more" : ""),
        mends + (left > 0 ? "; then see what is missing still" : ""));
  }
}
