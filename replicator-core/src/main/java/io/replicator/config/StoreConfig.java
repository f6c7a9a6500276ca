package io.replicator.config;

import io.replicator.spi.Store;
import java.util.List;

/**
 * A store with all of its resources that are replicated.
 *
 * @param name the store's short name
 * @param store owns what the resources share; whoever uses this configuration closes it
 * @param resources at least one, in the order of the file
 * @param definition what the file said of them
 */
public record StoreConfig(
    String name, Store store, List<ResourceConfig> resources, StoreDefinition definition) {
  public StoreConfig {
    resources = List.copyOf(resources);
  }
}
