package io.replicator.agent;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The uncaptured are nodes beside which there never was a capture: nobody reads what they alone
 * hold, and nobody's word holds replicated-up-to back for it. Only the own datacenter counts, since
 * another may hold nothing of the flow. Not thread-safe.
 */
final class Uncaptured {
  /**
   * Captures are rolled out one after the other, and a node that joins comes before its capture.
   */
  static final Duration PATIENCE = Duration.ofMinutes(10);

  private final String own;
  private final Map<String, Instant> since = new HashMap<>();

  /**
   * @param own the node of whoever looks: if that is no member, what it is told is worth nothing
   */
  Uncaptured(String own) {
    this.own = own;
  }

  /**
   * Returns which nodes have been without a capture for too long.
   *
   * @param known the nodes beside which there was one
   * @param members the nodes of the store, each with its datacenter
   */
  List<String> look(Set<String> known, Map<String, String> members, Instant now) {
    String here = members.get(own);
    since.keySet().removeIf(node -> known.contains(node) || !members.containsKey(node));
    members.forEach(
        (node, datacenter) -> {
          if (datacenter.equals(here) && !known.contains(node) && !node.equals(own)) {
            since.putIfAbsent(node, now);
          }
        });
    return since.entrySet().stream()
        .filter(node -> !node.getValue().plus(PATIENCE).isAfter(now))
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }
}
