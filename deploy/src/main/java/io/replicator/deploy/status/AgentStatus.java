package io.replicator.deploy.status;

import java.util.List;

/** An agent status is what came of asking one agent for its beans. */
public sealed interface AgentStatus {
  /** Returns the JMX service URL that was asked. */
  String url();

  /**
   * It answered.
   *
   * @param nanos when, by {@link System#nanoTime}
   */
  record Answered(
      String url, long nanos, Bean agent, List<Bean> flows, List<Bean> mirrors, List<Bean> targets)
      implements AgentStatus {
    public Answered {
      flows = List.copyOf(flows);
      mirrors = List.copyOf(mirrors);
      targets = List.copyOf(targets);
    }

    /** Returns the region it runs in. */
    public String region() {
      return agent.text("Region");
    }
  }

  /** It did not. */
  record Silent(String url, String reason) implements AgentStatus {}
}
