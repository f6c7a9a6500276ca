package io.replicator.deploy.sandbox;

import io.replicator.deploy.process.FreePort;
import io.replicator.deploy.process.ServerProcess;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A sandbox region is one region on this machine: its Kafka, its SQS, its agent, and the link by
 * which other regions reach its Kafka.
 */
public final class SandboxRegion {
  private final String name;
  private final Path folder;
  private final Broker broker;
  private final QueueServer queues;
  private final LinkProxy link;
  private AgentServer agent;

  /**
   * Lays the region out; only the link is opened.
   *
   * @param name the region's name
   * @param folder where its configurations, logs and data go
   * @param storage where its queues keep their messages
   */
  public SandboxRegion(String name, Path folder, QueueServer.Storage storage) {
    this.name = name;
    this.folder = folder;
    int linkAddress = FreePort.next();
    broker = new Broker(folder, linkAddress);
    queues =
        new QueueServer(
            folder,
            name,
            SandboxResource.all().stream().flatMap(r -> Stream.of(r.source(), r.target())).toList(),
            storage);
    link = new LinkProxy(linkAddress, broker.linkPort());
  }

  /** Lays the agent out, once the others it works with are known. */
  void connect(List<SandboxRegion> others) {
    Map<String, String> peers = new java.util.TreeMap<>();
    others.forEach(other -> peers.put(other.name, "127.0.0.1:" + other.link.port()));
    agent = new AgentServer(folder, name, broker, queues, peers);
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

  /** Returns the region's agent. */
  public AgentServer agent() {
    return agent;
  }

  /** Returns the network on which other regions read this one's Kafka. */
  public LinkProxy link() {
    return link;
  }

  /** Returns the servers that the agent needs, then the agent. */
  public List<ServerProcess> processes() {
    return List.of(broker.process(), queues.process(), agent.process());
  }
}
