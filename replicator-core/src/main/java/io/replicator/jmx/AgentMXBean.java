package io.replicator.jmx;

/** The agent itself, as operators see it: {@code replicator:type=Agent}. */
public interface AgentMXBean extends ProcessMXBean {
  /**
   * Reads the configuration again and adds, changes and removes flows by it; returns in words what
   * was done. Flows of which the file says nothing else go on undisturbed. Throws an {@link
   * IllegalStateException} that names every problem if nothing was changed, or not all.
   */
  String reload();

  /** What the last reload did, or why it did nothing; empty if there was none. */
  String getLastReload();

  String getLastReloadTime();

  /** Reloads that changed nothing, or not all that they should, since the agent started. */
  long getFailedReloads();
}
