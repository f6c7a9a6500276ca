package io.replicator.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.deploy.process.Server;
import io.replicator.deploy.sandbox.AgentServer;
import io.replicator.deploy.sandbox.LinkProxy;
import io.replicator.deploy.sandbox.QueueServer;
import io.replicator.deploy.sandbox.Sandbox;
import io.replicator.deploy.sandbox.SandboxLayout;
import io.replicator.deploy.sandbox.SandboxRegion;
import io.replicator.deploy.status.AgentConnection;
import io.replicator.deploy.status.AgentStatus;
import io.replicator.deploy.status.Bean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/**
 * Regions of real processes, as the sandbox has them: what a test of the whole stands on. Two of
 * them, unless a layout says otherwise.
 *
 * <p>Their folder goes with them, unless {@code -Dreplicator.it.keep} is set.
 */
final class TwoRegions implements AutoCloseable {
  static final String EAST = "us-east-1";
  static final String WEST = "us-west-2";
  static final String EU = "eu-west-1";

  /**
   * Half of what an agent takes of the processor to start goes to optimizing code; a test that
   * starts many on few cores does without.
   */
  static final String QUICK_START = "-XX:TieredStopAtLevel=1";

  private final Path folder;
  private final BrokerHost brokers = new BrokerHost();
  private final Sandbox sandbox;
  private final Map<String, AgentConnection> connections = new HashMap<>();
  private final Map<String, Queues> queues = new HashMap<>();

  private TwoRegions(Path folder, SandboxLayout layout) {
    this.folder = folder;
    this.sandbox = new Sandbox(folder, brokers.place(layout));
  }

  /** Starts both regions; returns when their agents are ready. */
  static TwoRegions started() {
    return started(1);
  }

  /** Starts both regions, each with so many agents; returns when all of these are ready. */
  static TwoRegions started(int agents) {
    return started(layout(EAST, WEST).withAgents(agents));
  }

  /** Returns a layout of regions whose queues are kept in memory, with one agent each. */
  static SandboxLayout layout(String... regions) {
    return SandboxLayout.of(List.of(regions), QueueServer.Storage.MEMORY);
  }

  /** Starts all regions of a layout; returns when their agents are ready. */
  static TwoRegions started(SandboxLayout layout) {
    return started(layout, region -> {});
  }

  /** Starts all regions of a layout, after their files were given a last touch. */
  static TwoRegions started(SandboxLayout layout, Consumer<SandboxRegion> touch) {
    return startedAsInProduction(
        layout,
        region -> {
          startQuickly(region);
          touch.accept(region);
        });
  }

  private static void startQuickly(SandboxRegion region) {
    region.agents().forEach(agent -> agent.process().setVariable("JAVA_TOOL_OPTIONS", QUICK_START));
  }

  /** Starts all regions of a layout with exactly the flags of production: to measure. */
  static TwoRegions startedAsInProduction(SandboxLayout layout, Consumer<SandboxRegion> touch) {
    TwoRegions regions;
    try {
      regions = new TwoRegions(Files.createTempDirectory("regions"), layout);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try {
      regions.sandbox.regions().forEach(touch);
      regions.sandbox.start((region, component, took) -> {});
    } catch (IllegalStateException e) {
      regions.close();
      throw e;
    }
    return regions;
  }

  /** Returns where all files of the regions are; it stands in the commands of their processes. */
  Path folder() {
    return folder;
  }

  SandboxRegion region(String name) {
    return sandbox.region(name);
  }

  /** Returns an ordinary client of a region's queues. */
  Queues queues(String region) {
    return queues.computeIfAbsent(
        region, name -> new Queues(name, sandbox.region(name).queues().orElseThrow().endpoint()));
  }

  /** Loses the network between all regions. */
  void cut() {
    sandbox.links(Optional.empty()).forEach(LinkProxy::cut);
  }

  /** Loses the network between a region and all others. */
  void cut(String region) {
    sandbox.links(Optional.of(region)).forEach(LinkProxy::cut);
  }

  /** Returns the networks on which one region reads another. */
  List<LinkProxy> links(String region, String reader) {
    return sandbox.region(region).linksTo(reader);
  }

  void heal() {
    sandbox.links(Optional.empty()).forEach(LinkProxy::heal);
  }

  /** Ends a process as a crash would, and starts it again. */
  void crash(Server process) throws InterruptedException {
    process.kill();
    process.start();
    process.awaitReady(Duration.ofSeconds(90));
  }

  /** Returns an agent's own bean; empty while it does not answer. */
  Optional<Bean> agent(String region) {
    return status(region) instanceof AgentStatus.Answered answered
        ? Optional.of(answered.agent())
        : Optional.empty();
  }

  /** Returns what came of asking a region's first agent for its beans. */
  AgentStatus status(String region) {
    return connection(sandbox.region(region).agent()).read();
  }

  /** Calls an operation of the bean of a queue's flow. */
  void invoke(String agentRegion, String resource, String origin, String operation)
      throws IOException, JMException {
    invoke(agentRegion, "sqs", resource, origin, operation);
  }

  /** Calls an operation of a flow's bean. */
  @SuppressWarnings("BanJNDI") // the address is our own agent's
  void invoke(String agentRegion, String store, String resource, String origin, String operation)
      throws IOException, JMException {
    try (JMXConnector connector =
        JMXConnectorFactory.connect(
            new JMXServiceURL(sandbox.region(agentRegion).agent().jmxUrl()))) {
      connector
          .getMBeanServerConnection()
          .invoke(
              new ObjectName(
                  "replicator:type=Flow,store="
                      + store
                      + ",resource="
                      + resource
                      + ",origin="
                      + origin),
              operation,
              new Object[0],
              new String[0]);
    }
  }

  private AgentConnection connection(AgentServer agent) {
    return connections.computeIfAbsent(agent.jmxUrl(), url -> new AgentConnection(url, Map.of()));
  }

  /** Returns a flow's bean as a region's first agent has it; empty while that does not answer. */
  Optional<Bean> flow(String agentRegion, String resource, String origin) {
    return flow(sandbox.region(agentRegion).agent(), resource, origin);
  }

  /** Returns what came of asking an agent for its beans. */
  AgentStatus status(AgentServer agent) {
    return connection(agent).read();
  }

  /** Returns a flow's bean as an agent has it; empty while the agent does not answer. */
  Optional<Bean> flow(AgentServer agent, String resource, String origin) {
    return connection(agent).read() instanceof AgentStatus.Answered answered
        ? answered.flows().stream()
            .filter(
                flow -> flow.key("resource").equals(resource) && flow.key("origin").equals(origin))
            .findFirst()
        : Optional.empty();
  }

  /** Waits until a flow's bean is as wanted. */
  Bean awaitFlow(
      String agentRegion, String resource, String origin, Duration most, Predicate<Bean> wanted) {
    Bean[] last = new Bean[1];
    await()
        .atMost(most)
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(
            () -> {
              Optional<Bean> flow = flow(agentRegion, resource, origin);
              assertThat(flow).isPresent();
              last[0] = flow.get();
              assertThat(flow.get()).matches(wanted);
            });
    return last[0];
  }

  /**
   * Adds a resource to all regions while their agents run, so that a test has flows and queues in
   * which nobody else writes; returns when its heartbeats cross.
   */
  void add(String resource) {
    createQueues(resource);
    open(resource);
  }

  /** Creates the queues of a resource: its target, called as itself, and its {@link #source}. */
  void createQueues(String resource) {
    Map<QueueAttributeName, String> kind =
        resource.endsWith(".fifo") ? Map.of(QueueAttributeName.FIFO_QUEUE, "true") : Map.of();
    for (SandboxRegion region : sandbox.regions()) {
      queues(region.name()).create(resource, kind);
      queues(region.name()).create(source(resource), kind);
    }
  }

  /** Adds a resource whose queues are there; returns when its heartbeats cross. */
  void open(String resource) {
    change(file -> file + line(resource), "added sqs/" + resource);
    awaitCrossing(resource);
  }

  private void awaitCrossing(String resource) {
    for (SandboxRegion to : sandbox.regions()) {
      for (SandboxRegion from : sandbox.regions()) {
        if (to != from) {
          awaitFlow(
              to.name(),
              resource,
              from.name(),
              Duration.ofSeconds(60),
              flow -> flow.text("State").equals("RUNNING") && flow.number("LagMillis") >= 0);
        }
      }
    }
  }

  /** Removes a resource that was added, and its queues with all that is left in them. */
  void remove(String resource) {
    change(file -> file.replace(line(resource), ""), "removed sqs/" + resource);
    for (SandboxRegion region : sandbox.regions()) {
      queues(region.name()).drop(resource);
      queues(region.name()).drop(source(resource));
    }
  }

  /** Returns the name of the queue from which an added resource is captured. */
  static String source(String resource) {
    return resource.endsWith(".fifo")
        ? resource.replace(".fifo", "-replication.fifo")
        : resource + "-replication";
  }

  /** Returns the line by which an added resource stands in an agent's file. */
  static String line(String resource) {
    return "      %s: {source: %s, target: %s}%n".formatted(resource, source(resource), resource);
  }

  private void change(UnaryOperator<String> change, String expected) {
    for (SandboxRegion region : sandbox.regions()) {
      Path file = region.agent().configuration();
      try {
        Files.writeString(file, change.apply(Files.readString(file)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      assertThat(reload(region.name())).contains(expected);
    }
  }

  /** Has a region's agent read its configuration again; returns what it says. */
  String reload(String region) {
    return connection(sandbox.region(region).agent()).reload();
  }

  @Override
  public void close() {
    queues.values().forEach(Queues::close);
    connections.values().forEach(AgentConnection::close);
    sandbox.close();
    brokers.close();
    if (System.getProperty("replicator.it.keep") == null) {
      try (Stream<Path> files = Files.walk(folder)) {
        files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
