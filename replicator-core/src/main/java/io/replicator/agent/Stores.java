package io.replicator.agent;

import io.replicator.config.StoreConfig;
import io.replicator.model.Resource;
import io.replicator.spi.Store;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The stores whose clients are in use, each as one reading of the configuration made it: a store is
 * closed with the last resource that was opened from it. Used by one thread at a time.
 */
final class Stores implements AutoCloseable {
  private final Map<Resource, StoreConfig> users = new LinkedHashMap<>();
  private final Set<Store> left = new LinkedHashSet<>();

  /** All stores and resources of a configuration. */
  Stores(List<StoreConfig> stores) {
    stores.forEach(
        store -> store.resources().forEach(resource -> users.put(resource.resource(), store)));
  }

  /** Returns from which reading of its store each resource was opened. */
  Map<Resource, StoreConfig> users() {
    return Map.copyOf(users);
  }

  /** A resource is being opened. */
  void use(StoreConfig store, Resource resource) {
    users.put(resource, store);
  }

  /** Everything that a resource opened is closed; its store is, when it is time. */
  void release(Resource resource) {
    StoreConfig store = users.remove(resource);
    if (store != null) {
      left.add(store.store());
    }
  }

  /** Closes those that no open resource uses, of a new reading and of those that were left. */
  void closeUnused(List<StoreConfig> reading) {
    reading.forEach(store -> left.add(store.store()));
    users.values().forEach(store -> left.remove(store.store()));
    left.forEach(Opened::closeOne);
    left.clear();
  }

  @Override
  public void close() {
    users.keySet().stream().toList().forEach(this::release);
    closeUnused(List.of());
  }
}
