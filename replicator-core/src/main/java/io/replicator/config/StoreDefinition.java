package io.replicator.config;

import io.replicator.model.Resource;
import java.util.HashMap;
import java.util.Map;

/**
 * What the file said of a store and of its resources, to be told from what it says later. Shows
 * nothing of it, for values may be secret.
 */
public final class StoreDefinition {
  /** Of a store that no file describes. */
  public static final StoreDefinition NONE = new StoreDefinition(Map.of(), Map.of());

  private final Map<String, Object> shared;
  private final Map<Resource, Map<String, Object>> resources;

  /**
   * @param shared what all resources share, resolved
   * @param resources what is said of each, resolved
   */
  StoreDefinition(Map<String, Object> shared, Map<Resource, Map<String, Object>> resources) {
    this.shared = new HashMap<>(shared);
    this.resources = new HashMap<>(resources);
  }

  /** Tells whether another file says the same of a resource, and of what it shares with others. */
  public boolean sameOf(Resource resource, StoreDefinition other) {
    Map<String, Object> said = resources.get(resource);
    return said != null
        && said.equals(other.resources.get(resource))
        && shared.equals(other.shared);
  }

  @Override
  public String toString() {
    return "StoreDefinition" + resources.keySet();
  }
}
