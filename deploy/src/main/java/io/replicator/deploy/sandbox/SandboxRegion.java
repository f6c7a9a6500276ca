package io.replicator.deploy.sandbox;

import io.replicator.deploy.process.FreePort;
import io.replicator.deploy.process.Server;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A sandbox region is one region on this machine: its Kafka, those of SQS, S3 and Cassandra that
 * its stores need, its agents, and the links by which other regions reach its Kafka and its S3, one
 * for each.
 */
public final class SandboxRegion {
  private final String name;
  private final Path folder;
  private final Broker broker;
  private final Optional<QueueServer> queues;
  private final Optional<BucketServer> buckets;
  private final Optional<CassandraServer> cassandra;
  private final Map<String, LinkProxy> links = new TreeMap<>();
  private final Map<String, LinkProxy> bucketLinks = new TreeMap<>();
  private final SandboxLayout layout;
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
    this.layout = layout;
    this.folder = folder;
    Map<String, Integer> linkAddresses = new TreeMap<>();
    layout.regions().stream()
        .filter(other -> !other.equals(name))
        .forEach(other -> linkAddresses.put(other, FreePort.next()));
    broker = new Broker(folder, linkAddresses, layout.brokers());
    // Buckets send their events to a queue.
    queues =
        layout.has(SandboxStore.SQS) || layout.has(SandboxStore.S3)
            ? Optional.of(new QueueServer(folder, name, queueNames(layout), layout.storage()))
            : Optional.empty();
    buckets =
        queues
            .filter(server -> layout.has(SandboxStore.S3))
            .map(
                server ->
                    new BucketServer(folder, name, server, List.of(SandboxBucket.PHOTOS.name())));
    cassandra =
        layout.has(SandboxStore.CASSANDRA)
            ? Optional.of(
                new CassandraServer(
                    folder, name, folder.resolve(AgentServer.CONFIGURATION).toAbsolutePath()))
            : Optional.empty();
    linkAddresses.forEach(
        (other, port) -> {
          links.put(other, new LinkProxy(port, broker.linkPort(other)));
          buckets.ifPresent(
              server -> bucketLinks.put(other, new LinkProxy(FreePort.next(), server.port())));
        });
  }

  private static List<String> queueNames(SandboxLayout layout) {
    Stream<String> own =
        layout.has(SandboxStore.SQS)
            ? SandboxResource.all().stream().flatMap(r -> Stream.of(r.source(), r.target()))
            : Stream.of();
    Stream<String> events =
        layout.has(SandboxStore.S3) ? Stream.of(SandboxBucket.PHOTOS.events()) : Stream.of();
    return Stream.concat(own, events).toList();
  }

  /** Lays the agents out, once the others they work with are known. */
  void connect(List<SandboxRegion> others) {
    Map<String, String> peers = new TreeMap<>();
    Map<String, URI> bucketPeers = new TreeMap<>();
    for (SandboxRegion other : others) {
      peers.put(other.name, "127.0.0.1:" + other.link(name).port());
      if (other.buckets.isPresent()) {
        int port = other.bucketLinks.get(name).port();
        bucketPeers.put(other.name, URI.create("http://127.0.0.1:" + port));
      }
    }
    AgentStores stores =
        new AgentStores(layout.stores(), name, queues, buckets, cassandra, bucketPeers);
    agents =
        IntStream.rangeClosed(1, layout.agents())
            .mapToObj(number -> new AgentServer(folder, number, name, broker, stores, peers))
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

  /** Returns the region's SQS, if the sandbox has that store, or S3, which sends events to it. */
  public Optional<QueueServer> queues() {
    return queues;
  }

  /** Returns the region's S3, if the sandbox has that store. */
  public Optional<BucketServer> buckets() {
    return buckets;
  }

  /** Returns the region's Cassandra, if the sandbox has that store. */
  public Optional<CassandraServer> cassandra() {
    return cassandra;
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

  /** Returns the networks on which another region reads this one: its Kafka's and its S3's. */
  public List<LinkProxy> linksTo(String reader) {
    return Stream.of(links, bucketLinks)
        .map(all -> all.get(reader))
        .filter(Objects::nonNull)
        .toList();
  }

  /** Returns the region's servers, which its agents need. */
  List<Server> servers() {
    return Stream.of(
            Stream.of(broker.process()),
            queues.stream().map(QueueServer::process),
            buckets.stream().map(BucketServer::process),
            cassandra.stream().map(CassandraServer::node))
        .flatMap(servers -> servers)
        .map(Server.class::cast)
        .toList();
  }

  /** Returns what works with the servers: the agents, and the capture beside a Cassandra node. */
  List<Server> workers() {
    return Stream.concat(
            agents.stream().map(AgentServer::process),
            cassandra.stream().map(CassandraServer::capture))
        .map(Server.class::cast)
        .toList();
  }

  /** Returns the servers that the agents need, then the agents. */
  public List<Server> processes() {
    return Stream.concat(servers().stream(), workers().stream()).toList();
  }
}
