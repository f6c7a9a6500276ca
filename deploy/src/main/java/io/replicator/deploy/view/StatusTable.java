package io.replicator.deploy.view;

import io.replicator.deploy.status.AgentStatus;
import io.replicator.deploy.status.Bean;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * A status table shows all flows of all agents asked, and below it what is wrong and what mends it.
 */
public final class StatusTable {
  private record Row(String region, Bean flow, double rate) {
    private String flowName() {
      return flow.key("store") + "/" + flow.key("resource") + "@" + flow.key("origin");
    }

    private boolean captures() {
      return flow.text("Role").equals("CAPTURE");
    }

    private long count() {
      return flow.number(captures() ? "Captured" : "Applied");
    }
  }

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
    List<Row> rows = rows();
    List<String> lines = new ArrayList<>(table(rows));
    lines.addAll(mirrors());
    lines.addAll(troubles(rows));
    return lines;
  }

  private List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < now.size(); i++) {
      if (now.get(i) instanceof AgentStatus.Answered answered) {
        AgentStatus earlier = before.get(i);
        answered.flows().forEach(flow -> rows.add(row(answered, flow, earlier)));
      }
    }
    rows.sort(Comparator.comparing(Row::flowName).thenComparing(row -> !row.captures()));
    return rows;
  }

  private static Row row(AgentStatus.Answered agent, Bean flow, AgentStatus earlier) {
    double rate = -1;
    if (earlier instanceof AgentStatus.Answered previous) {
      String count = flow.text("Role").equals("CAPTURE") ? "Captured" : "Applied";
      for (Bean same : previous.flows()) {
        long change = flow.number(count) - same.number(count);
        if (same.name().equals(flow.name()) && change >= 0) {
          rate = change / ((agent.nanos() - previous.nanos()) / 1e9);
        }
      }
    }
    return new Row(agent.region(), flow, rate);
  }

  private static List<String> table(List<Row> rows) {
    TextTable table =
        new TextTable(
            "FLOW",
            "REGION",
            "ROLE",
            "STATE",
            ">LAG",
            ">PENDING",
            ">TIME TO LOSS",
            ">PER SECOND",
            ">TOTAL",
            ">DEAD LETTERS");
    for (Row row : rows) {
      Bean flow = row.flow();
      table.add(
          row.flowName(),
          row.region(),
          flow.text("Role").toLowerCase(Locale.ROOT),
          flow.text("State"),
          HumanTime.ofMillis(flow.number("LagMillis")),
          known(flow.number("PendingChanges")),
          HumanTime.ofMillis(flow.number("TimeToLossMillis")),
          row.rate() < 0 ? "-" : String.format(Locale.ROOT, "%.1f", row.rate()),
          known(row.count()),
          known(flow.number("DeadLettered")));
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

  private List<String> troubles(List<Row> rows) {
    List<String> lines = new ArrayList<>();
    for (AgentStatus status : now) {
      if (status instanceof AgentStatus.Silent silent) {
        lines.add("agent at " + silent.url() + " does not answer: " + silent.reason());
      } else if (status instanceof AgentStatus.Answered agent) {
        lines.addAll(trouble(process(agent) + agent.region(), agent.agent()));
        agent
            .mirrors()
            .forEach(
                mirror ->
                    lines.addAll(
                        trouble(
                            "mirror %s -> %s".formatted(mirror.key("source"), agent.region()),
                            mirror)));
      }
    }
    for (Row row : rows) {
      lines.addAll(trouble(row.flowName() + " in " + row.region(), row.flow()));
      lines.addAll(deadLetters(row));
    }
    if (!lines.isEmpty()) {
      lines.add(0, "");
    }
    return lines;
  }

  private static String process(AgentStatus.Answered agent) {
    return agent.agent().key("type").equals("MirrorProcess") ? "mirror process in " : "agent in ";
  }

  private static List<String> trouble(String who, Bean bean) {
    if (bean.text("State").equals("RUNNING")) {
      return List.of();
    }
    return described(who + " is " + bean.text("State"), bean.text("Reason"), bean.text("Hint"));
  }

  private static List<String> deadLetters(Row row) {
    Bean flow = row.flow();
    if (flow.number("DeadLettered") <= 0) {
      return List.of();
    }
    return described(
        "%s in %s has set aside %d changes as dead letters; last error %s"
            .formatted(
                row.flowName(),
                row.region(),
                flow.number("DeadLettered"),
                flow.text("LastErrorTime")),
        flow.text("LastError"),
        flow.text("LastErrorHint"));
  }

  private static List<String> described(String what, String reason, String hint) {
    List<String> lines = new ArrayList<>();
    lines.add(reason.isEmpty() ? what : what + ": " + reason);
    if (!Objects.equals(hint, "")) {
      lines.add("  what mends it: " + hint);
    }
    return lines;
  }

  private static String known(long number) {
    return number < 0 ? "-" : Long.toString(number);
  }
}
