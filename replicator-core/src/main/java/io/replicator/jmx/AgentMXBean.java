package io.replicator.jmx;

/** The agent itself, as operators see it: {@code replicator:type=Agent}. */
public interface AgentMXBean {
  String getRegion();

  /** Tells this agent from the others of its region; new at every start. */
  String getAgentId();

  String getVersion();

  String getStartTime();

  /** STARTING, RUNNING, or BLOCKED while the local Kafka does not answer. */
  String getState();

  String getReason();

  String getHint();
}
