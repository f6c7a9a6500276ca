package io.replicator.simulation;

import io.replicator.model.Change;
import io.replicator.spi.Applier.Outcome;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** A memory store is what changes are applied to. */
sealed interface MemoryStore {
  /** Tells whether what it holds does not depend on the order and number of the writes. */
  boolean keepsHistory();

  /** Takes note that a process asks for a write. */
  void asked(Change change);

  Outcome write(Change change);

  /** Tells whether a change was written, or is older than what was. */
  boolean holds(Change change);

  /** A store that keeps of each key what has the greatest version. */
  final class Merging implements MemoryStore {
    private final Map<String, Change> newest = new HashMap<>();

    @Override
    public boolean keepsHistory() {
      return true;
    }

    @Override
    public void asked(Change change) {}

    @Override
    public Outcome write(Change change) {
      Change before = newest.get(change.key());
      int order = before == null ? 1 : compare(change, before);
      if (order > 0) {
        newest.put(change.key(), change);
      }
      return order > 0 ? Outcome.APPLIED : order == 0 ? Outcome.DUPLICATE : Outcome.SUPERSEDED;
    }

    @Override
    public boolean holds(Change change) {
      Change present = newest.get(change.key());
      return present != null && compare(present, change) >= 0;
    }

    /** Returns the newest id of each of some keys. */
    Map<String, String> contents(Collection<String> keys) {
      Map<String, String> contents = new TreeMap<>();
      newest.forEach((key, change) -> contents.put(key, change.id()));
      contents.keySet().retainAll(keys);
      return contents;
    }

    @Override
    public String toString() {
      return contents(newest.keySet()).toString();
    }

    private static int compare(Change one, Change other) {
      return one.version().orElseThrow().compareTo(other.version().orElseThrow());
    }
  }

  /** A store that takes each write as another one. */
  final class Appending implements MemoryStore {
    private final Witness witness;
    private final Set<String> ids = new HashSet<>();
    private final Map<String, Integer> lastOfKey = new HashMap<>();

    Appending(Witness witness) {
      this.witness = witness;
    }

    @Override
    public boolean keepsHistory() {
      return false;
    }

    @Override
    public void asked(Change change) {
      if (witness.isRemembered(change.id())) {
        witness.accuse(
            Fault.Kind.REPEATED, "applied again, though it was remembered: " + change.id());
      }
    }

    @Override
    public Outcome write(Change change) {
      if (!ids.add(change.id())) {
        witness.repeated(change.id());
        return Outcome.APPLIED;
      }
      if (witness.isReplayed(change.id())) {
        return Outcome.APPLIED;
      }
      int number = witness.number(change.id());
      int last = Optional.ofNullable(lastOfKey.put(change.key(), number)).orElse(-1);
      if (number < last) {
        witness.accuse(
            Fault.Kind.OVERTAKEN, "applied after a later one of its key: " + change.id());
      }
      return Outcome.APPLIED;
    }

    @Override
    public boolean holds(Change change) {
      return ids.contains(change.id());
    }
  }
}
