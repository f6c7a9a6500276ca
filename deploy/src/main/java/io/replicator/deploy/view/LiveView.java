package io.replicator.deploy.view;

import io.replicator.deploy.demo.Demonstration.Direction;
import io.replicator.deploy.demo.Tally;
import io.replicator.deploy.status.AgentStatus;
import io.replicator.deploy.status.Bean;
import java.util.ArrayList;
import java.util.List;

/** The live view shows a running sandbox: one row per direction. */
public final class LiveView {
  /**
   * What is known of a direction at one moment.
   *
   * @param link the state of the network, as {@code up}, {@code cut} or {@code 80 ms slow}
   * @param target what the agent of the target region said last
   * @param count what the demonstration counted
   * @param sendMillis how long sends take in the source region
   */
  public record Row(
      Direction direction, String link, AgentStatus target, Tally.Count count, long sendMillis) {

    private Bean flow() {
      if (target instanceof AgentStatus.Answered answered) {
        for (Bean flow : answered.flows()) {
          if (flow.key("resource").equals("demo") && flow.key("origin").equals(direction.from())) {
            return flow;
          }
        }
      }
      return null;
    }

    private String state() {
      Bean flow = flow();
      return flow == null ? "no answer" : flow.text("State");
    }

    private String lag() {
      return flow() == null ? "-" : HumanTime.ofMillis(flow().number("LagMillis"));
    }

    private String pending() {
      return flow() == null ? "-" : Long.toString(flow().number("PendingChanges"));
    }
  }

  private LiveView() {}

  /** Returns the table for a terminal. */
  public static List<String> block(List<Row> rows) {
    TextTable table =
        new TextTable(
            "DEMONSTRATION",
            "LINK",
            "FLOW",
            ">LAG",
            ">PENDING",
            ">LOCAL SEND",
            ">SENT",
            ">ARRIVED",
            ">UNDER WAY",
            ">REPEATED",
            ">DIFFERENT");
    for (Row row : rows) {
      Tally.Count count = row.count();
      table.add(
          row.direction().toString(),
          row.link(),
          row.state(),
          row.lag(),
          row.pending(),
          HumanTime.ofMillis(row.sendMillis()),
          Long.toString(count.sent()),
          Long.toString(count.arrived()),
          Long.toString(count.missing()),
          Long.toString(count.repeated()),
          Long.toString(count.different()));
    }
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.addAll(table.lines());
    return lines;
  }

  /** Returns a direction as one line, for what is no terminal. */
  public static String line(Row row) {
    Tally.Count count = row.count();
    return "%s  link %s  %s  lag %s  pending %s  local send %s  sent %d  arrived %d"
        .formatted(
            row.direction(),
            row.link(),
            row.state(),
            row.lag(),
            row.pending(),
            HumanTime.ofMillis(row.sendMillis()),
            count.sent(),
            count.arrived());
  }
}
