package io.replicator.deploy;

import io.replicator.cassandra.CassandraConnector;
import io.replicator.deploy.status.AgentConnection;
import io.replicator.deploy.status.AgentStatus;
import io.replicator.deploy.status.Bean;
import io.replicator.deploy.status.JmxAccess;
import io.replicator.model.Flow;
import io.replicator.spi.Settings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Asked agents are the processes to which a command speaks, with what each answered when it was
 * asked for its beans: whom an order concerns is known before it is given.
 */
final class AskedAgents implements AutoCloseable {
  /** One of them. */
  record Asked(AgentConnection connection, AgentStatus status) {
    /** Returns what it is and where, as an operator knows it. */
    String name() {
      String place = JmxAccess.shown(status.url());
      return status instanceof AgentStatus.Answered answered
          ? "the %s of %s at %s".formatted(kind(answered), answered.region(), place)
          : "the agent at " + place;
    }

    /** Tells whether it is an agent, not a mirror's or a capture's process. */
    boolean isAgent() {
      return status instanceof AgentStatus.Answered answered && kind(answered).equals("agent");
    }

    /** Returns the region it is in; empty if it does not answer. */
    String region() {
      return status instanceof AgentStatus.Answered answered ? answered.region() : "";
    }

    private boolean has(Flow flow) {
      return flows().stream().anyMatch(bean -> nameOf(bean).equals(flow.toString()));
    }

    /** Tells whether it captures beside a node: what it could not read is its own to accept. */
    private boolean isBesideNode() {
      return status instanceof AgentStatus.Answered answered && kind(answered).equals("capture");
    }

    private boolean runs(Flow flow) {
      return flows().stream()
          .filter(bean -> nameOf(bean).equals(flow.toString()))
          .allMatch(bean -> bean.text("State").equals("RUNNING"));
    }

    private boolean captures(Flow flow) {
      return flows().stream()
          .filter(bean -> nameOf(bean).equals(flow.toString()))
          .anyMatch(bean -> bean.text("Role").contains("CAPTURE"));
    }

    private boolean applies(Flow flow) {
      return flows().stream()
          .filter(bean -> nameOf(bean).equals(flow.toString()))
          .anyMatch(bean -> bean.text("Role").contains("APPLY"));
    }

    private List<Bean> flows() {
      return status instanceof AgentStatus.Answered answered ? answered.flows() : List.of();
    }

    private static String nameOf(Bean bean) {
      return bean.key("store") + "/" + bean.key("resource") + "@" + bean.key("origin");
    }

    private static String kind(AgentStatus.Answered answered) {
      return switch (answered.agent().key("type")) {
        case "MirrorProcess" -> "mirror";
        case "CaptureProcess" -> "capture";
        default -> "agent";
      };
    }
  }

  /** Who has a flow of Cassandra in its origin region, and where. */
  private static final String CAPTURE =
      "a capture (HOST:PORT, a node and the --jmx-port of its cassandra-capture)";

  private final List<Asked> all;

  AskedAgents(List<Asked> all) {
    this.all = List.copyOf(all);
  }

  /** Asks each for its beans. */
  static AskedAgents of(List<AgentConnection> connections) {
    return new AskedAgents(
        connections.parallelStream().map(one -> new Asked(one, one.readUnseen())).toList());
  }

  /** Returns all of them. */
  List<Asked> all() {
    return all;
  }

  /**
   * Returns those that have a flow.
   *
   * @throws CommandFailure if none has; it names the flows that there are, and who did not answer
   */
  List<Asked> having(Flow flow) {
    List<Asked> having = all.stream().filter(one -> one.has(flow)).toList();
    if (having.isEmpty()) {
      // Who does not answer may have it.
      throw silentOnes().isEmpty()
          ? CommandFailure.usage(none(flow))
          : CommandFailure.refused(none(flow));
    }
    return having;
  }

  /** Returns those that have a flow, each region's together, likewise. */
  List<List<Asked>> havingByRegion(Flow flow) {
    return byRegion(having(flow));
  }

  private static List<List<Asked>> byRegion(List<Asked> some) {
    Map<String, List<Asked>> regions = new LinkedHashMap<>();
    some.forEach(one -> regions.computeIfAbsent(one.region(), it -> new ArrayList<>()).add(one));
    return List.copyOf(regions.values());
  }

  /**
   * Returns those that have a flow, likewise, who may be told to accept a gap: each region's
   * together, those first that have something to say, but of the captures beside nodes each by
   * itself that has. Those that run know of no gap: they are told only if all do.
   */
  List<List<Asked>> missingByRegion(Flow flow) {
    List<List<Asked>> missing = new ArrayList<>();
    for (List<Asked> region : havingByRegion(flow)) {
      List<List<Asked>> beside =
          region.stream()
              .filter(one -> one.isBesideNode() && !one.runs(flow))
              .map(List::of)
              .toList();
      List<Asked> others =
          region.stream()
              .filter(one -> !one.isBesideNode())
              .sorted(Comparator.comparing((Asked one) -> one.runs(flow)))
              .toList();
      if (!others.isEmpty() || beside.isEmpty()) {
        missing.add(others.isEmpty() ? region : others);
      }
      missing.addAll(beside);
    }
    List<List<Asked>> troubled =
        missing.stream().filter(group -> !group.stream().allMatch(one -> one.runs(flow))).toList();
    return troubled.isEmpty() ? List.copyOf(missing) : troubled;
  }

  /** Returns those that answered and do not have a flow. */
  List<Asked> without(Flow flow) {
    return all.stream()
        .filter(one -> one.status() instanceof AgentStatus.Answered && !one.has(flow))
        .toList();
  }

  /** Returns a line for each that does not answer. */
  List<String> silentOnes() {
    List<String> lines = new ArrayList<>();
    for (Asked one : all) {
      if (one.status() instanceof AgentStatus.Silent silent) {
        lines.add(one.name() + " does not answer: " + silent.reason());
      }
    }
    return lines;
  }

  /** Returns those where a flow begins, likewise. */
  List<Asked> capturing(Flow flow) {
    List<Asked> capturing = having(flow).stream().filter(one -> one.captures(flow)).toList();
    if (capturing.isEmpty()) {
      throw CommandFailure.refused(
          "none of those asked captures the flow %s: name %s of %s, its origin region, by --jmx"
                  .formatted(flow, isBesideNodes(flow) ? CAPTURE : "an agent", flow.origin())
              + silent());
    }
    return capturing;
  }

  /** Returns those that apply a flow, each region's together, likewise. */
  List<List<Asked>> applyingByRegion(Flow flow) {
    List<Asked> applying = having(flow).stream().filter(one -> one.applies(flow)).toList();
    if (applying.isEmpty()) {
      throw CommandFailure.refused(
          "those asked only capture the flow %s: name an agent of a region that applies it by --jmx"
                  .formatted(flow)
              + silent());
    }
    return byRegion(applying);
  }

  private String none(Flow flow) {
    if (!all.isEmpty() && silentOnes().size() == all.size()) {
      return String.join("\n  ", silentOnes()); // nothing is known of the flows there are
    }
    Set<String> flows = new TreeSet<>();
    all.forEach(one -> one.flows().forEach(bean -> flows.add(Asked.nameOf(bean))));
    if (isCapturedBeside(flow) && flows.stream().anyMatch(name -> isOf(flow, name))) {
      return "agents do not have the flow %s in its own region: name %s of %s by --jmx"
              .formatted(flow, CAPTURE, flow.origin())
          + silent();
    }
    if (isBesideNodes(flow) && flows.stream().anyMatch(name -> isOf(flow, name)) && isCaptures()) {
      return "captures have the flow of their own region alone, here %s; %s is at %s of %s and at any agent of a region that applies it: name one of them by --jmx"
              .formatted(String.join(", ", flows), flow, CAPTURE, flow.origin())
          + silent();
    }
    String elsewhere =
        isCapturedBeside(flow)
            ? "\n  what begins in %s of %s is asked of %s there"
                .formatted(flow.origin(), flow.resource().store(), CAPTURE)
            : "";
    if (flows.isEmpty()) {
      return "there is no flow '%s' in those asked: they have none".formatted(flow)
          + elsewhere
          + silent();
    }
    String nearest =
        Settings.nearest(flow.toString(), flows, Math.max(2, flow.toString().length() / 3))
            .map(name -> ": did you mean '" + name + "'?")
            .orElse("");
    return "there is no flow '%s' in those asked%s\n  known are: %s"
            .formatted(flow, nearest, String.join(", ", flows))
        + elsewhere
        + silent();
  }

  /** Tells whether a flow begins in the region of an agent asked, and not in that agent. */
  private boolean isCapturedBeside(Flow flow) {
    return isBesideNodes(flow)
        && all.stream().anyMatch(one -> one.isAgent() && one.region().equals(flow.origin().name()));
  }

  /** Tells whether all that answered capture beside nodes. */
  private boolean isCaptures() {
    return all.stream()
        .filter(one -> one.status() instanceof AgentStatus.Answered)
        .allMatch(Asked::isBesideNode);
  }

  private static boolean isBesideNodes(Flow flow) {
    return flow.resource().store().equals(CassandraConnector.STORE);
  }

  private static boolean isOf(Flow flow, String other) {
    return other.startsWith(flow.resource() + "@");
  }

  private String silent() {
    return silentOnes().stream().map(line -> "\n  " + line).collect(Collectors.joining());
  }

  @Override
  public void close() {
    all.forEach(one -> one.connection().close());
  }
}
