package io.replicator.agent;

import io.replicator.config.ResourceConfig;
import io.replicator.reading.Hearing;
import java.util.Optional;

/** The ends that a flow has open in this agent. */
interface Ends extends AutoCloseable {
  /** Returns what the other regions are to know of its capture; empty if nothing yet, or ever. */
  Optional<Status.CaptureStatus> captured();

  /** Looks, where it is applied, whether heartbeats arrive. */
  void watch(Hearing.Origin origin);

  /** Takes new shares of the agent's memory. */
  void share(Shares shares, ResourceConfig config);

  /** Closes them while the agent goes on, and may open them again. */
  void handOver();

  /** Closes them; each may have to wait for its store, or for Kafka. */
  @Override
  void close();
}
