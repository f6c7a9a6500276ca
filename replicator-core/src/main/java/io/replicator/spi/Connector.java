package io.replicator.spi;

import io.replicator.model.Region;

/**
 * A connector brings one kind of store into Replicator. Found through {@link
 * java.util.ServiceLoader}, so it has a public constructor without parameters.
 */
public interface Connector {
  /** Returns the store's short name, as it stands in the configuration: {@code sqs}. */
  String store();

  /**
   * Reads the settings that all resources of the store share; problems are reported to {@code
   * settings}. No I/O happens here: clients are opened when a resource is first used.
   *
   * @param settings the store's section, without its {@code resources}
   * @param region the region the agent runs in
   */
  Store configure(Settings settings, Region region);
}
