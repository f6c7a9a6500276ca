package io.replicator.agent;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Departures tell which nodes have left their store for good, so that nobody need wait for what
 * their captures had read. A node that is down has not left; one that left may have a capture that
 * runs on, and that one speaks for itself. Not thread-safe.
 */
final class Departures {
  /** A node that has just joined is not yet known to all others. */
  static final Duration ABSENT = Duration.ofMinutes(10);

  /** Captures speak every second. */
  static final Duration SILENT = Duration.ofMinutes(1);

  private final String own;
  private final Map<String, Instant> absentSince = new HashMap<>();

  /**
   * @param own the node of whoever looks: if that is no member, what it is told is worth nothing
   */
  Departures(String own) {
    this.own = own;
  }

  /**
   * Returns who has left.
   *
   * @param known the nodes beside which there was a capture
   * @param members the nodes of the store, as the own one knows them now
   * @param spoken when each node's capture last spoke, as far as it was heard
   */
  List<String> look(
      Set<String> known, Set<String> members, Map<String, Instant> spoken, Instant now) {
    if (!members.contains(own)) {
      absentSince.clear();
      return List.of();
    }
    absentSince.keySet().retainAll(known);
    absentSince.keySet().removeAll(members);
    return known.stream()
        .filter(node -> !members.contains(node))
        .filter(node -> isOver(absentSince.computeIfAbsent(node, first -> now), ABSENT, now))
        .filter(node -> isOver(spoken.getOrDefault(node, Instant.EPOCH), SILENT, now))
        .sorted()
        .toList();
  }

  private static boolean isOver(Instant since, Duration wait, Instant now) {
    return !since.plus(wait).isAfter(now);
  }
}
