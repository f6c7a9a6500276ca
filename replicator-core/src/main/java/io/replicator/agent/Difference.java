package io.replicator.agent;

import io.replicator.config.AgentConfig;
import io.replicator.config.ResourceConfig;
import io.replicator.config.StoreConfig;
import io.replicator.model.Resource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The difference between the resources that are open and a configuration read anew.
 *
 * @param added new ones, with the store that each belongs to
 * @param changed those of which the file says something else now, or of what they share
 * @param removed those that the file no longer has
 * @param unchanged how many are as they were
 */
record Difference(
    Map<ResourceConfig, StoreConfig> added,
    Map<ResourceConfig, StoreConfig> changed,
    List<Resource> removed,
    int unchanged) {

  /** Compares what is open, each resource with the store it was opened from, with a new file. */
  static Difference between(Map<Resource, StoreConfig> open, List<StoreConfig> stores) {
    Map<ResourceConfig, StoreConfig> added = new LinkedHashMap<>();
    Map<ResourceConfig, StoreConfig> changed = new LinkedHashMap<>();
    TreeSet<String> removed =
        new TreeSet<>(open.keySet().stream().map(Resource::toString).toList());
    int unchanged = 0;
    for (StoreConfig store : stores) {
      for (ResourceConfig config : store.resources()) {
        Resource resource = config.resource();
        removed.remove(resource.toString());
        StoreConfig before = open.get(resource);
        if (before == null) {
          added.put(config, store);
        } else if (before.definition().sameOf(resource, store.definition())) {
          unchanged++;
        } else {
          changed.put(config, store);
        }
      }
    }
    List<Resource> gone =
        open.keySet().stream().filter(resource -> removed.contains(resource.toString())).toList();
    return new Difference(added, changed, gone, unchanged);
  }

  /** Returns the keys of what cannot be changed while an agent runs, and differs. */
  static List<String> fixed(AgentConfig before, AgentConfig after) {
    List<String> keys = new ArrayList<>();
    note(keys, "region", before.region(), after.region());
    note(keys, "format", before.format(), after.format());
    note(keys, "kafka", before.kafka(), after.kafka());
    note(keys, "peers", before.peers(), after.peers());
    note(keys, "topics", before.topics(), after.topics());
    note(keys, "jmx", before.jmx(), after.jmx());
    note(keys, "mirror", before.mirror(), after.mirror());
    return keys;
  }

  private static void note(List<String> keys, String key, Object before, Object after) {
    if (!before.equals(after)) {
      keys.add(key);
    }
  }

  /** Returns what is to be opened: what is new, and what has changed. */
  Map<ResourceConfig, StoreConfig> toOpen() {
    Map<ResourceConfig, StoreConfig> all = new LinkedHashMap<>(changed);
    all.putAll(added);
    return all;
  }

  /** Returns what is to be closed first: what is gone, and what has changed. */
  List<Resource> toClose() {
    return Stream.concat(removed.stream(), changed.keySet().stream().map(ResourceConfig::resource))
        .toList();
  }

  /** Returns in words what differs. */
  @Override
  public String toString() {
    List<String> words = new ArrayList<>();
    say(words, "added ", added.keySet().stream().map(ResourceConfig::resource));
    say(words, "changed ", changed.keySet().stream().map(ResourceConfig::resource));
    say(words, "removed ", removed.stream());
    words.add(unchanged + " as before");
    return String.join("; ", words);
  }

  private static void say(List<String> words, String what, Stream<Resource> resources) {
    String names = resources.map(Resource::toString).sorted().collect(Collectors.joining(", "));
    if (!names.isEmpty()) {
      words.add(what + names);
    }
  }
}
