package io.replicator.jmx;

/**
 * A process of ours as operators see it: an agent, or a mirror of its own ({@code
 * replicator:type=MirrorProcess}).
 */
public interface ProcessMXBean {
  String getRegion();

  /** Tells this process from the others of its region; new at every start. */
  String getAgentId();

  String getVersion();

  String getStartTime();

  /** STARTING, RUNNING, or BLOCKED while the local Kafka does not answer. */
  String getState();

  String getReason();

  String getHint();
}
