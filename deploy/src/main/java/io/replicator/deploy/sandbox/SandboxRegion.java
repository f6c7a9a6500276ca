package io.replicator.deploy.sandbox;

import io.replicator.deploy.process.FreePort;
import io.replicator.deploy.process.Server;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A sandbox region is one region on this machine: its Kafka, its SQS, its agents, and the links by
 * which other regions reach its Kafka, one for each.
 */
public final class SandboxRegion {
  private final String name;
  private final Path folder;
  private final Broker broker;
  private final QueueServer queues;
  private final Optional<CassandraServer> cassandra;
  private final boolean hasQueues;
  private final Map<String, LinkProxy> links = new TreeMap<>();
  private final int agentCount;
  private List<AgentServer> agents = List.of();

  /**
   * Lays the region out; only the links are opened.
   *
   * @param name the region's name
   * @param folder where its configurations, logs and data go
   * @param layout of the sandbox
   */
  public SandboxRegion(String name, Path folder, SandboxLayout layout) {
    this.name = name;
    this.agentCount = layout.agents();
    this.folder = folder;
    Map<String, Integer> linkAddresses = new TreeMap<>();
    layout.regions().stream()
        .filter(other -> !other.equals(name))
        .forEach(other -> linkAddresses.put(other, FreePort.next()));
    broker = new Broker(folder, linkAddresses, layout.brokers());
    queues =
        new QueueServer(
            folder,
            name,
            SandboxResource.all().stream().flatMap(r -> Stream.of(r.source(), r.target())).toList(),
            layout.storage());
    hasQueues = layout.has("sqs");
    cassandra =
        layout.has("cassandra")
            ? Optional.of(
                new CassandraServer(
                    folder, name, folder.resolve(AgentServer.CONFIGURATION).toAbsolutePath()))
            : Optional.empty();
    linkAddresses.forEach(
        (other, port) -> links.put(other, new LinkProxy(port, broker.linkPort(other))));
  }

  /** Lays the agents out, once the others they work with are known. */
  void connect(List<SandboxRegion> others) {
    Map<String, String> peers = new TreeMap<>();
    others.forEach(other -> peers.put(other.name, "127.0.0.1:" + other.link(name).port()));
    agents =
        IntStream.rangeClosed(1, agentCount)
            .mapToObj(number -> new AgentServer(folder, number, name, broker, stores(), peers))
            .toList();
  }

  /** Returns the region's name. */
  public String name() {
    return name;
  }

  /** Returns the region's Kafka. */
  public Broker broker() {
    return broker;
  }

  /** Returns the region's SQS. */
  public QueueServer queues() {
    return queues;
  }

  /** Returns the region's Cassandra, if it has one. */
  public Optional<CassandraServer> cassandra() {
    return cassandra;
  }

  /** Returns the sections of its stores in the agents' configuration. */
  private String stores() {
    return (hasQueues ? AgentServer.queues(queues) : "")
        + cassandra.map(CassandraServer::section).orElse("");
  }

  /** Returns the servers of its stores. */
  List<Server> storeServers() {
    return Stream.concat(
            hasQueues ? Stream.of(queues.process()) : Stream.empty(),
            cassandra.map(CassandraServer::node).stream())
        .map(Server.class::cast)
        .toList();
  }

  /** Returns what works with the servers: the agents, and a capture. */
  List<Server> workers() {
    return Stream.concat(
            agents.stream().map(AgentServer::process),
            cassandra.map(CassandraServer::capture).stream())
        .map(Server.class::cast)
        .toList();
  }

  /** Tells whether it has queues. */
  public boolean hasQueues() {
    return hasQueues;
  }

  /** Returns the region's agents. */
  public List<AgentServer> agents() {
    return agents;
  }

  /** Returns the region's first agent. */
  public AgentServer agent() {
    return agents.get(0);
  }

  /**
   * Returns the network on which another region reads this one's Kafka.
   *
   * @throws IllegalArgumentException if there is no other region of that name
   */
  public LinkProxy link(String reader) {
    LinkProxy link = links.get(reader);
    if (link == null) {
      throw new IllegalArgumentException("no link from " + name + " to '" + reader + "' here");
    }
    return link;
  }

  /** Returns the networks on which others read this region's Kafka, by their names. */
  Map<String, LinkProxy> links() {
    return links;
  }

  /** Returns the servers that the agents need, then the agents. */
  public List<Server> processes() {
    return Stream.of(
            Stream.<Server>of(broker.process()), storeServers().stream(), workers().stream())
        .flatMap(servers -> servers)
        .map(Server.class::cast)
        .toList();
  }
}
