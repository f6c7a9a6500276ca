package io.replicator.deploy.sandbox;

import java.util.List;
import java.util.Set;

/**
 * A sandbox layout is what a sandbox consists of.
 *
 * @param regions their names
 * @param agents how many each region has
 * @param stores what each region has
 * @param storage where the queues keep their messages
 * @param brokers where the brokers run
 */
public record SandboxLayout(
    List<String> regions,
    int agents,
    Set<SandboxStore> stores,
    QueueServer.Storage storage,
    Broker.Host brokers) {
  public SandboxLayout {
    regions = List.copyOf(regions);
    stores = Set.copyOf(stores);
  }

  /** Returns a layout of one agent per region, with queues alone. */
  public static SandboxLayout of(List<String> regions, QueueServer.Storage storage) {
    return new SandboxLayout(regions, 1, Set.of(SandboxStore.SQS), storage, Broker::process);
  }

  /** Returns the same with other numbers of agents. */
  public SandboxLayout withAgents(int number) {
    return new SandboxLayout(regions, number, stores, storage, brokers);
  }

  /** Returns the same with other stores. */
  public SandboxLayout withStores(Set<SandboxStore> others) {
    return new SandboxLayout(regions, agents, others, storage, brokers);
  }

  /** Returns the same with brokers that run elsewhere. */
  public SandboxLayout withBrokers(Broker.Host host) {
    return new SandboxLayout(regions, agents, stores, storage, host);
  }

  /** Tells whether regions have a store. */
  public boolean has(SandboxStore store) {
    return stores.contains(store);
  }
}
