package io.replicator.deploy.sandbox;

import java.util.List;

/**
 * A sandbox layout is what a sandbox consists of.
 *
 * @param regions their names
 * @param agents how many each region has
 * @param storage where the queues keep their messages
 * @param brokers where the brokers run
 */
public record SandboxLayout(
    List<String> regions, int agents, QueueServer.Storage storage, Broker.Host brokers) {
  public SandboxLayout {
    regions = List.copyOf(regions);
  }

  /** Returns a layout of one agent per region. */
  public static SandboxLayout of(List<String> regions, QueueServer.Storage storage) {
    return new SandboxLayout(regions, 1, storage, Broker::process);
  }

  /** Returns the same with other numbers of agents. */
  public SandboxLayout withAgents(int number) {
    return new SandboxLayout(regions, number, storage, brokers);
  }

  /** Returns the same with brokers that run elsewhere. */
  public SandboxLayout withBrokers(Broker.Host host) {
    return new SandboxLayout(regions, agents, storage, host);
  }
}
