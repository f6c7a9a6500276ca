package io.replicator.deploy.view;

import io.replicator.deploy.status.AgentStatus;
import io.replicator.deploy.status.Bean;
import io.replicator.model.FlowState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongBinaryOperator;
import java.util.stream.LongStream;

/**
 * A flow row is one flow in one region, over all agents of the region that answered: the greatest
 * lag, the shortest time to loss, the sums of what each does.
 */
final class FlowRow {
  /** A flow in one agent, and how many changes a second it passed; -1 if that is not known. */
  private record Share(Bean flow, double rate) {}

  private final String region;
  private final List<Share> shares = new ArrayList<>();

  private FlowRow(String region) {
    this.region = region;
  }

  /** Returns a row for each flow of each region, the capturing end of a flow first. */
  static List<FlowRow> of(List<AgentStatus> before, List<AgentStatus> now) {
    Map<String, FlowRow> rows = new TreeMap<>();
    for (int i = 0; i < now.size(); i++) {
      if (now.get(i) instanceof AgentStatus.Answered answered) {
        for (Bean flow : answered.flows()) {
          rows.computeIfAbsent(
                  answered.region() + " " + flow.name(), any -> new FlowRow(answered.region()))
              .shares
              .add(new Share(flow, rate(answered, flow, before.get(i))));
        }
      }
    }
    List<FlowRow> sorted = new ArrayList<>(rows.values());
    sorted.sort(Comparator.comparing(FlowRow::name).thenComparing(row -> !row.captures()));
    return sorted;
  }

  private static double rate(AgentStatus.Answered agent, Bean flow, AgentStatus earlier) {
    if (earlier instanceof AgentStatus.Answered previous) {
      String count = counted(flow);
      for (Bean same : previous.flows()) {
        long change = flow.number(count) - same.number(count);
        if (same.name().equals(flow.name()) && change >= 0) {
          return change / ((agent.nanos() - previous.nanos()) / 1e9);
        }
      }
    }
    return -1;
  }

  /** What is applied here as well has arrived only then. */
  private static String counted(Bean flow) {
    return flow.text("Role").equals("CAPTURE") ? "Captured" : "Applied";
  }

  String name() {
    Bean flow = shares.get(0).flow();
    return flow.key("store") + "/" + flow.key("resource") + "@" + flow.key("origin");
  }

  String region() {
    return region;
  }

  String role() {
    return shares.get(0).flow().text("Role");
  }

  int agents() {
    return shares.size();
  }

  /** Returns the flow's beans, one per agent. */
  List<Bean> flows() {
    return shares.stream().map(Share::flow).toList();
  }

  /** Returns the gravest state of all agents. */
  String state() {
    return flows().stream()
        .map(flow -> flow.text("State"))
        .min(Comparator.comparingInt(FlowRow::gravity))
        .orElseThrow();
  }

  private static int gravity(String state) {
    for (FlowState known : FlowState.values()) {
      if (known.name().equals(state)) {
        return FlowState.GRAVEST_FIRST.indexOf(known);
      }
    }
    return -1; // of a newer agent: shown before anything else
  }

  /** Returns how many partitions are in the hands of none of the agents that answered. */
  long unheld() {
    long all = flows().stream().mapToLong(flow -> flow.number("TopicPartitions")).max().orElse(0);
    long held = flows().stream().mapToLong(flow -> Math.max(0, flow.number("Partitions"))).sum();
    return Math.max(0, all - held);
  }

  /** Returns the greatest lag; -1 if that of one agent with work is not known. */
  long lagMillis() {
    return reduced("LagMillis", Math::max);
  }

  /** Returns the shortest time to loss; -1 if one is not known. */
  long timeToLossMillis() {
    return reduced("TimeToLossMillis", Math::min);
  }

  /** Returns how many changes wait: captures see one and the same source. */
  long pending() {
    return reduced("PendingChanges", captures() ? Math::max : Long::sum);
  }

  private long reduced(String attribute, LongBinaryOperator together) {
    if (unheld() > 0) {
      return -1;
    }
    LongStream.Builder values = LongStream.builder();
    for (Bean flow : flows()) {
      if (flow.number("Partitions") != 0) {
        if (flow.number(attribute) < 0) {
          return -1;
        }
        values.add(flow.number(attribute));
      }
    }
    return values.build().reduce(together).orElse(-1);
  }

  /** Returns the changes of all agents per second; -1 if not known. */
  double rate() {
    return shares.stream()
        .mapToDouble(Share::rate)
        .filter(rate -> rate >= 0)
        .reduce(Double::sum)
        .orElse(-1);
  }

  long total() {
    return flows().stream().mapToLong(flow -> Math.max(0, flow.number(counted(flow)))).sum();
  }

  long deadLettered() {
    return flows().stream().mapToLong(flow -> Math.max(0, flow.number("DeadLettered"))).sum();
  }

  private boolean captures() {
    return role().equals("CAPTURE");
  }
}
