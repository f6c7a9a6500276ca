package io.replicator.deploy.view;

import io.replicator.deploy.status.AgentStatus;
import io.replicator.deploy.status.Bean;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A status table shows all flows of all agents asked, and below it what is wrong and what mends it.
 */
public final class StatusTable {
  private final List<AgentStatus> before;
  private final List<AgentStatus> now;

  /**
   * @param before an earlier reading of the same agents, in the same order
   * @param now the reading to show; rates are those between the two
   */
  public StatusTable(List<AgentStatus> before, List<AgentStatus> now) {
    this.before = List.copyOf(before);
    this.now = List.copyOf(now);
  }

  /** Returns the lines to print. */
  public List<String> lines() {
    List<FlowRow> rows = FlowRow.of(before, now);
    List<String> lines = new ArrayList<>(table(rows));
    lines.addAll(mirrors());
    lines.addAll(troubles(rows));
    return lines;
  }

  private static List<String> table(List<FlowRow> rows) {
    TextTable table =
        new TextTable(
            "FLOW",
            "REGION",
            "ROLE",
            ">AGENTS",
            "STATE",
            ">LAG",
            ">PENDING",
            ">TIME TO LOSS",
            ">PER SECOND",
            ">TOTAL",
            ">DEAD LETTERS");
    for (FlowRow row : rows) {
      table.add(
          row.name(),
          row.region(),
          row.role().toLowerCase(Locale.ROOT),
          Integer.toString(row.agents()),
          row.state(),
          HumanTime.ofMillis(row.lagMillis()),
          known(row.pending()),
          HumanTime.ofMillis(row.timeToLossMillis()),
          row.rate() < 0 ? "-" : String.format(Locale.ROOT, "%.1f", row.rate()),
          Long.toString(row.total()),
          Long.toString(row.deadLettered()));
    }
    return rows.isEmpty() ? List.of("No flows.") : table.lines();
  }

  private List<String> mirrors() {
    List<String> lines = new ArrayList<>();
    for (AgentStatus status : now) {
      if (status instanceof AgentStatus.Answered agent) {
        for (Bean mirror : agent.mirrors()) {
          lines.add(
              "mirror %s -> %s: %s, last heartbeat %s"
                  .formatted(
                      mirror.key("source"),
                      agent.region(),
                      mirror.text("State"),
                      mirror.number("HeartbeatAgeMillis") < 0
                          ? "never"
                          : HumanTime.ofMillis(mirror.number("HeartbeatAgeMillis")) + " ago"));
        }
      }
    }
    if (!lines.isEmpty()) {
      lines.add(0, "");
    }
    return lines;
  }

  /** Returns what is wrong and what mends it, without the figures; nothing while all is well. */
  public List<String> troubles() {
    return troubles(FlowRow.of(before, now));
  }

  private List<String> troubles(List<FlowRow> rows) {
    List<String> lines = new ArrayList<>();
    Troubles.of(now, rows).forEach(trouble -> lines.addAll(trouble.lines()));
    if (!lines.isEmpty()) {
      lines.add(0, "");
    }
    return lines;
  }

  private static String known(long number) {
    return number < 0 ? "-" : Long.toString(number);
  }
}
