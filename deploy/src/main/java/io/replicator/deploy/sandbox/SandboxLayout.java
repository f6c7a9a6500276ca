package io.replicator.deploy.sandbox;

import java.util.List;
import java.util.Set;

/**
 * A sandbox layout is what a sandbox consists of.
 *
 * @param regions their names
 * @param agents how many each region has
 * @param storage where the queues keep their messages
 * @param brokers where the brokers run
 * @param stores which stores the regions have
 */
public record SandboxLayout(
    List<String> regions,
    int agents,
    QueueServer.Storage storage,
    Broker.Host brokers,
    Set<String> stores) {
  /** The stores that a sandbox can have. */
  public static final List<String> STORES = List.of("sqs", "cassandra");

  public SandboxLayout {
    regions = List.copyOf(regions);
    stores = Set.copyOf(stores);
  }

  /** Returns a layout of one agent per region, with SQS alone. */
  public static SandboxLayout of(List<String> regions, QueueServer.Storage storage) {
    return new SandboxLayout(regions, 1, storage, Broker::process, Set.of("sqs"));
  }

  /** Returns the same with other numbers of agents. */
  public SandboxLayout withAgents(int number) {
    return new SandboxLayout(regions, number, storage, brokers, stores);
  }

  /** Returns the same with other stores. */
  public SandboxLayout withStores(List<String> names) {
    return new SandboxLayout(regions, agents, storage, brokers, Set.copyOf(names));
  }

  /** Tells whether its regions have a store. */
  public boolean has(String store) {
    return stores.contains(store);
  }

  /** Returns the same with brokers that run elsewhere. */
  public SandboxLayout withBrokers(Broker.Host host) {
    return new SandboxLayout(regions, agents, storage, host, stores);
  }
}
