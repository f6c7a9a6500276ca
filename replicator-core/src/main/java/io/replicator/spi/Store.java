package io.replicator.spi;

import io.replicator.model.Resource;

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

  /** Closes the shared clients. Called once, after everything that a resource opened was closed. */
  @Override
  void close();
}
