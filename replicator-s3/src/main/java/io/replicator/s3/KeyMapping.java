package io.replicator.s3;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A key mapping says which keys of a bucket are replicated, and what each is called here.
 *
 * <p>The canonical key is the one that travels; filters are about it. With renames only keys below
 * one of their prefixes are replicated. No two canonical keys have one name here, which {@link
 * #problem} sees to. Replicator's own objects, below {@code .replicator/} of the first local
 * prefix, are never replicated.
 *
 * @param prefix that canonical keys begin with
 * @param suffix that they end with
 * @param renames local prefixes by canonical ones; empty if keys keep their names
 */
record KeyMapping(String prefix, String suffix, SortedMap<String, String> renames) {
  private static final String OWN = ".replicator/";

  KeyMapping {
    renames = Collections.unmodifiableSortedMap(new TreeMap<>(renames));
  }

  /** Returns what is wrong with renames, if anything is. */
  static Optional<String> problem(Map<String, String> renames) {
    return overlap(List.copyOf(renames.keySet()))
        .map(
            pair ->
                "has overlapping prefixes "
                    + pair
                    + ": a key would have two names; let none begin with another")
        .or(
            () ->
                overlap(List.copyOf(renames.values()))
                    .map(
                        pair ->
                            "would give two keys one name, for the new prefixes "
                                + pair
                                + " overlap; let none begin with another"));
  }

  private static Optional<String> overlap(List<String> prefixes) {
    for (int i = 0; i < prefixes.size(); i++) {
      for (int j = 0; j < prefixes.size(); j++) {
        if (i != j && prefixes.get(i).startsWith(prefixes.get(j))) {
          return Optional.of("'" + prefixes.get(j) + "' and '" + prefixes.get(i) + "'");
        }
      }
    }
    return Optional.empty();
  }

  /** Returns what a canonical key is called here; empty if it is not replicated. */
  Optional<String> local(String canonical) {
    if (!canonical.startsWith(prefix) || !canonical.endsWith(suffix)) {
      return Optional.empty();
    }
    return moved(canonical, renames).filter(key -> !isOwn(key));
  }

  /** Returns the canonical key of a key here; empty if it is not replicated. */
  Optional<String> canonical(String local) {
    if (isOwn(local)) {
      return Optional.empty();
    }
    SortedMap<String, String> back = new TreeMap<>();
    renames.forEach((from, to) -> back.put(to, from));
    return moved(local, back).filter(key -> key.startsWith(prefix) && key.endsWith(suffix));
  }

  private static Optional<String> moved(String key, Map<String, String> renames) {
    if (renames.isEmpty()) {
      return Optional.of(key);
    }
    for (Map.Entry<String, String> rename : renames.entrySet()) {
      if (key.startsWith(rename.getKey())) {
        return Optional.of(rename.getValue() + key.substring(rename.getKey().length()));
      }
    }
    return Optional.empty();
  }

  /** Returns the prefixes below which all keys here are, in the order of their listing. */
  List<String> localPrefixes() {
    return narrowed("");
  }

  /** Returns those below which all keys here are whose canonical keys begin with a prefix, too. */
  List<String> narrowed(String wanted) {
    Optional<String> canonical = both(prefix, wanted);
    if (canonical.isEmpty()) {
      return List.of();
    }
    if (renames.isEmpty()) {
      return List.of(canonical.get());
    }
    List<String> prefixes = new ArrayList<>();
    renames.forEach(
        (from, to) ->
            both(from, canonical.get())
                .ifPresent(longer -> prefixes.add(to + longer.substring(from.length()))));
    Collections.sort(prefixes);
    return prefixes;
  }

  private static Optional<String> both(String one, String other) {
    if (one.startsWith(other)) {
      return Optional.of(one);
    }
    return other.startsWith(one) ? Optional.of(other) : Optional.empty();
  }

  /** Returns where Replicator keeps an object of its own. */
  String own(String name) {
    return root() + OWN + name;
  }

  private boolean isOwn(String local) {
    return local.startsWith(root() + OWN) || local.startsWith(OWN);
  }

  private String root() {
    List<String> prefixes = localPrefixes();
    return prefixes.isEmpty() ? "" : prefixes.get(0);
  }
}
