package io.replicator.spi;

import io.replicator.model.Region;
import io.replicator.model.Resource;
import java.util.Map;

/**
 * A store is one region's S3, SQS or Cassandra, as configured. It owns the clients that its
 * resources share.
 */
public interface Store extends AutoCloseable {
  /**
   * Reads the settings of one resource; problems are reported to {@code settings}, also those that
   * only show beside the resources configured before (two that would feed each other). No I/O.
   */
  StoreResource configure(Resource resource, Settings settings);

  /**
   * Returns the regions that the store's own settings name, by the key at which each stands.
   * Whoever reads the settings refuses those that are neither the agent's region nor one of its
   * peers.
   */
  default Map<String, Region> regions() {
    return Map.of();
  }

  /** Closes the shared clients. Called once, after everything that a resource opened was closed. */
  @Override
  void close();
}
