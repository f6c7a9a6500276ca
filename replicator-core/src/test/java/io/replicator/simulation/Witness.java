package io.replicator.simulation;

import io.replicator.model.Change;
import java.time.Instant;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/** A witness of a flow knows what was promised to whom, and accuses who breaks it. */
final class Witness {
  private final Predicate<Change> settled;
  private final Map<String, Change> accepted = new LinkedHashMap<>();
  private final Map<String, Integer> numbers = new HashMap<>();
  private final TreeSet<Change> underWay =
      new TreeSet<>(Comparator.comparing(Change::time).thenComparing(Change::id));
  private final Set<String> unknown = new HashSet<>();
  private final Set<String> deadLetters = new HashSet<>();
  private final Set<String> remembered = new HashSet<>();
  private final Set<String> repeated = new HashSet<>();
  private final Set<String> unclear = new HashSet<>();
  private Instant last = Instant.EPOCH;
  private final Map<Fault.Kind, Fault> faults = new EnumMap<>(Fault.Kind.class);

  /**
   * @param settled whether the target holds a change, or something newer
   */
  Witness(Predicate<Change> settled) {
    this.settled = settled;
  }

  /** The source took a change of a user's. */
  void accepted(Change change) {
    numbers.put(change.id(), accepted.size());
    accepted.put(change.id(), change);
    last = change.time();
  }

  /**
   * A change was delivered to a capture, perhaps not the first time.
   *
   * @param spoken whether this capture's word on progress stands in every partition: while it does
   *     not, nobody can know that it may have read something
   */
  void delivered(Change change, boolean spoken) {
    if (!spoken) {
      unknown.add(change.id());
    }
    if (!isSettled(change) && !unknown.contains(change.id())) {
      underWay.add(change);
    }
  }

  void deadLetter(String id) {
    deadLetters.add(id);
  }

  /** Somebody was told that it is written down that a change is applied. */
  void remembered(String id) {
    remembered.add(id);
  }

  boolean isRemembered(String id) {
    return remembered.contains(id);
  }

  /** A change was applied by an answer that does not say so: it may rightly be tried again. */
  void unclear(String id) {
    unclear.add(id);
  }

  void repeated(String id) {
    repeated.add(id);
  }

  /** Returns how many changes were applied more than once though no store had failed. */
  long repeats() {
    return repeated.stream().filter(id -> !unclear.contains(id)).count();
  }

  /** Returns a change's place among those that were accepted. */
  int number(String id) {
    return numbers.get(id);
  }

  /** Returns when the last change was accepted. */
  Instant last() {
    return last;
  }

  /** Accuses if replicated-up-to has passed a change that is not settled. */
  void upTo(Instant time) {
    while (!underWay.isEmpty() && isSettled(underWay.first())) {
      underWay.remove(underWay.first());
    }
    for (Change change : underWay) {
      if (!change.time().isBefore(time)) {
        return;
      }
      if (!isSettled(change)) {
        accuse(
            Fault.Kind.PASSED,
            "replicated-up-to is " + time + ", past " + change.id() + " of " + change.time());
      }
    }
  }

  /** Takes note that a promise is broken; the first time of each counts. */
  void accuse(Fault.Kind kind, String what) {
    faults.putIfAbsent(kind, new Fault(kind, what));
  }

  /** Returns the first time that one of some promises was broken. */
  Optional<Fault> fault(Set<Fault.Kind> wanted) {
    return faults.values().stream().filter(fault -> wanted.contains(fault.kind())).findFirst();
  }

  /** Returns what was accepted and is not settled. */
  List<String> missing() {
    return accepted.values().stream().filter(change -> !isSettled(change)).map(Change::id).toList();
  }

  private boolean isSettled(Change change) {
    return settled.test(change) || deadLetters.contains(change.id());
  }
}
