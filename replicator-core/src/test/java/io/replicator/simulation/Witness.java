package io.replicator.simulation;

import io.replicator.model.Change;
import io.replicator.model.OnFailure;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/** A witness of a flow knows what was promised to whom, and accuses who breaks it. */
final class Witness {
  private final Predicate<Change> settled;
  private final SickKeys sick;
  private final OnFailure onFailure;
  private final Map<String, Change> accepted = new LinkedHashMap<>();
  private final Map<String, Integer> numbers = new HashMap<>();
  private final TreeSet<Change> underWay =
      new TreeSet<>(Comparator.comparing(Change::time).thenComparing(Change::id));
  private final Set<String> unknown = new HashSet<>();
  private final Set<String> deadLetters = new HashSet<>();
  private final Map<String, String> parked = new TreeMap<>();
  private boolean hasParked;
  private long letters;
  private final Set<String> replayed = new HashSet<>();
  private long replays;
  private final Set<String> remembered = new HashSet<>();
  private final Set<String> repeated = new HashSet<>();
  private final Set<String> unclear = new HashSet<>();
  private Instant last = Instant.EPOCH;
  private final Map<Fault.Kind, Fault> faults = new EnumMap<>(Fault.Kind.class);

  /**
   * @param settled whether the target holds a change, or something newer
   * @param sick the keys whose changes the target does not take
   * @param onFailure what is to become of those
   */
  Witness(Predicate<Change> settled, SickKeys sick, OnFailure onFailure) {
    this.settled = settled;
    this.sick = sick;
    this.onFailure = onFailure;
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

  /** A dead letter was written: of what no store takes, or what the flow is to give up. */
  void deadLetter(String id) {
    Change change = accepted.get(id);
    if (onFailure instanceof OnFailure.Retry
        && !StoreEnd.isPoison(change)
        && !sick.wasLacking(change.key())) {
      accuse(Fault.Kind.LOST, "a dead letter, though it is to be tried for ever: " + id);
    }
    deadLetters.add(id);
    letters++;
  }

  /** A dead letter is to be tried again, late as it is: it must be applied, but in no order. */
  void replayed(String id) {
    deadLetters.remove(id);
    replayed.add(id);
    replays++;
  }

  boolean isReplayed(String id) {
    return replayed.contains(id);
  }

  /** Returns how often a dead letter was tried again. */
  long replays() {
    return replays;
  }

  /** Returns how many dead letters were written, some perhaps twice. */
  long letters() {
    return letters;
  }

  /** Tells whether a change of a key became a dead letter. */
  boolean isSetAside(String key) {
    return deadLetters.stream().anyMatch(id -> accepted.get(id).key().equals(key));
  }

  /** A change was parked under a place. */
  void parked(String place, String id) {
    hasParked = true;
    parked.put(place, id);
  }

  /** What was parked under a place was ended there. */
  void ended(String place) {
    parked.remove(place);
  }

  /** Returns the places of a topic from which a change was parked that waits. */
  List<String> placesOf(String id, String topic) {
    return parked.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(topic))
        .filter(entry -> entry.getValue().equals(id))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Tells whether anything was ever parked. */
  boolean hasParked() {
    return hasParked;
  }

  /** Returns the ids of what waits in parking. */
  Collection<String> parked() {
    return parked.values();
  }

  /** Somebody was told that it is written down that a change is applied. */
  void remembered(String id) {
    remembered.add(id);
  }

  boolean isRemembered(String id) {
    return remembered.contains(id) && !isReplayed(id);
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
    return repeated.stream().filter(id -> !unclear.contains(id) && !isReplayed(id)).count();
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
      if (!isSettled(change) && !isReplayed(change.id())) {
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

  /** Returns what was accepted and is not settled, nor waits in parking for good. */
  List<String> missing() {
    return accepted.values().stream()
        .filter(change -> !isSettled(change))
        .filter(change -> !sick.isForGood(change.key()) || !parked.containsValue(change.id()))
        .map(Change::id)
        .toList();
  }

  /** Returns what waits in parking though its key is well. */
  List<String> forgotten() {
    return parked.values().stream().filter(id -> !sick.isForGood(accepted.get(id).key())).toList();
  }

  private boolean isSettled(Change change) {
    return settled.test(change) || deadLetters.contains(change.id());
  }
}
