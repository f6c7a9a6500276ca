package io.replicator.deploy.view;

import io.replicator.deploy.status.AgentStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Trouble news are the troubles that were not told yet, for an output that only grows: each once
 * until its flow, mirror or agent is well again, which is told as well. Another figure in it is no
 * news.
 */
public final class TroubleNews {
  private final Map<String, Set<String>> told = new HashMap<>();

  /** Returns the lines to print, given what agents say now. */
  public List<String> lines(List<AgentStatus> agents) {
    List<String> lines = new ArrayList<>();
    Set<Trouble> all = Troubles.all(agents, FlowRow.of(agents, agents));
    Set<String> present = new HashSet<>();
    Set<String> troubled = new HashSet<>();
    for (Trouble trouble : all) {
      present.add(trouble.subject());
      if (!trouble.isNone()) {
        troubled.add(trouble.subject());
        if (!trouble.isPassing()
            && told.computeIfAbsent(trouble.subject(), any -> new HashSet<>())
                .add(trouble.state())) {
          lines.addAll(trouble.lines());
        }
      }
    }
    for (Trouble trouble : all) {
      String subject = trouble.subject();
      // One of several agents may still be in trouble with it.
      if (trouble.isNone() && !troubled.contains(subject) && told.remove(subject) != null) {
        lines.addAll(trouble.lines());
      }
    }
    told.keySet().retainAll(present); // nobody can be asked: what comes back is news
    return lines;
  }
}
