package io.replicator.deploy.view;

import io.replicator.deploy.demo.Demonstration.Direction;
import io.replicator.deploy.demo.Tally;
import io.replicator.deploy.sandbox.SandboxResource;
import io.replicator.deploy.status.AgentStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The live view shows a running sandbox: one row per direction. */
public final class LiveView {
  /**
   * What is known of a direction at one moment.
   *
   * @param link the state of the network, as {@code up}, {@code cut} or {@code 80 ms slow}
   * @param targets what the agents of the target region said last
   * @param count what the demonstration counted
   * @param sendMillis how long sends take in the source region
   */
  public record Row(
      Direction direction,
      String link,
      List<AgentStatus> targets,
      Tally.Count count,
      long sendMillis) {
    public Row {
      targets = List.copyOf(targets);
    }

    private Optional<FlowRow> flow() {
      String name = SandboxResource.DEMO.flowFrom(direction.from());
      return FlowRow.of(targets, targets).stream().filter(row -> row.name().equals(name)).findAny();
    }

    private String state() {
      return flow().map(FlowRow::state).orElse("no answer");
    }

    private String lag() {
      return flow().map(flow -> HumanTime.ofMillis(flow.lagMillis())).orElse("-");
    }

    private String pending() {
      return flow().map(FlowRow::pending).filter(it -> it >= 0).map(String::valueOf).orElse("-");
    }
  }

  /** A block that is higher than the screen could not be drawn in place. */
  private static final int MOST_TROUBLES = 12;

  /** What is cut off at a terminal's edge tells nobody. */
  private static final int WIDTH = 100;

  private LiveView() {}

  /**
   * Returns what is wrong with any flow, mirror or agent, with its reason and what mends it;
   * nothing while all is well.
   */
  public static List<String> troubles(List<AgentStatus> agents) {
    List<String> lines =
        new StatusTable(agents, agents).troubles().stream().flatMap(LiveView::folded).toList();
    if (lines.size() <= MOST_TROUBLES) {
      return lines;
    }
    List<String> some = new ArrayList<>(lines.subList(0, MOST_TROUBLES - 1));
    some.add("… replicator status tells the rest");
    return some;
  }

  private static Stream<String> folded(String line) {
    List<String> folded = new ArrayList<>();
    String rest = line;
    while (rest.length() > WIDTH) {
      int space = rest.lastIndexOf(' ', WIDTH);
      int end = space > WIDTH / 2 ? space : WIDTH;
      folded.add(rest.substring(0, end));
      rest = "    " + rest.substring(end).strip();
    }
    folded.add(rest);
    return folded.stream();
  }

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
