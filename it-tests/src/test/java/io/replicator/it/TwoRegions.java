package io.replicator.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.deploy.process.Server;
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
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * Two regions of real processes, as the sandbox has them: what a test of the whole stands on.
 *
 * <p>When a test fails its folder stays, with the logs of all processes.
 */
final class TwoRegions implements AutoCloseable {
  static final String EAST = "us-east-1";
  static final String WEST = "us-west-2";

  private final Path folder;
  private final BrokerHost brokers = new BrokerHost();
  private final Sandbox sandbox;
  private final Map<String, AgentConnection> connections = new HashMap<>();
  private final Map<String, Queues> queues = new HashMap<>();

  private TwoRegions(Path folder, int agents) {
    this.folder = folder;
    this.sandbox =
        new Sandbox(
            folder,
            brokers.place(
                SandboxLayout.of(List.of(EAST, WEST), QueueServer.Storage.MEMORY)
                    .withAgents(agents)));
  }

  /** Starts both regions; returns when their agents are ready. */
  static TwoRegions started() {
    return started(1);
  }

  /** Starts both regions, each with so many agents; returns when all of these are ready. */
  static TwoRegions started(int agents) {
    return started(agents, region -> {});
  }

  /** Starts both regions, after their files were given a last touch. */
  static TwoRegions started(int agents, Consumer<SandboxRegion> touch) {
    TwoRegions regions;
    try {
      regions = new TwoRegions(Files.createTempDirectory("two-regions"), agents);
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

  SandboxRegion region(String name) {
    return sandbox.region(name);
  }

  /** Returns an ordinary client of a region's queues. */
  Queues queues(String region) {
    return queues.computeIfAbsent(
        region, name -> new Queues(name, sandbox.region(name).queues().endpoint()));
  }

  void cut() {
    sandbox.cut();
  }

  void heal() {
    sandbox.heal();
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

  /** Returns what came of asking an agent for its beans. */
  AgentStatus status(String region) {
    return connection(region).read();
  }

  /** Calls an operation of a flow's bean. */
  @SuppressWarnings("BanJNDI") // the address is our own agent's
  void invoke(String agentRegion, String resource, String origin, String operation)
      throws IOException, JMException {
    try (JMXConnector connector =
        JMXConnectorFactory.connect(
            new JMXServiceURL(sandbox.region(agentRegion).agent().jmxUrl()))) {
      connector
          .getMBeanServerConnection()
          .invoke(
              new ObjectName(
                  "replicator:type=Flow,store=sqs,resource=" + resource + ",origin=" + origin),
              operation,
              new Object[0],
              new String[0]);
    }
  }

  private AgentConnection connection(String region) {
    return connections.computeIfAbsent(
        region, name -> new AgentConnection(sandbox.region(name).agent().jmxUrl(), Map.of()));
  }

  /** Returns a flow's bean as an agent has it; empty while the agent does not answer. */
  Optional<Bean> flow(String agentRegion, String resource, String origin) {
    return status(agentRegion) instanceof AgentStatus.Answered answered
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
