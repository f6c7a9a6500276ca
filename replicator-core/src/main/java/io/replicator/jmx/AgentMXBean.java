package io.replicator.jmx;

/** The agent itself, as operators see it: {@code replicator:type=Agent}. */
public interface AgentMXBean extends ProcessMXBean {}
