package io.replicator.config;

import io.replicator.model.Region;
import io.replicator.spi.Connector;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Everything that one region's agent is told. All agents of a region have the same.
 *
 * <p>Its text form shows no secrets.
 *
 * @param region where the agent runs
 * @param format the format of what writers make durable; there is only 1 so far, and a later one
 *     will be raised by the operator once all agents read it
 * @param kafka the region's own Kafka
 * @param peers the other regions, by name
 * @param stores at least one, unless only mirroring is wanted
 */
public record AgentConfig(
    Region region,
    int format,
    KafkaConfig kafka,
    SortedMap<Region, PeerConfig> peers,
    TopicConfig topics,
    JmxConfig jmx,
    MirrorConfig mirror,
    List<StoreConfig> stores) {

  public AgentConfig {
    peers = Collections.unmodifiableSortedMap(new TreeMap<>(peers));
    stores = List.copyOf(stores);
  }

  /** Returns the resources of all stores. */
  public List<ResourceConfig> resources() {
    return stores.stream().flatMap(store -> store.resources().stream()).toList();
  }

  /**
   * Reads a YAML file. Opens no connection.
   *
   * @param connectors for the stores that may stand in the file
   * @throws ConfigException with every problem of the file
   */
  public static AgentConfig read(Path file, List<Connector> connectors) {
    return new ConfigReader(file, connectors, true).read();
  }

  /**
   * Reads a YAML file for a process that only mirrors: the agents' own, or one without stores.
   *
   * @throws ConfigException with every problem of the file
   */
  public static AgentConfig readForMirror(Path file, List<Connector> connectors) {
    return new ConfigReader(file, connectors, false).read();
  }

  /** Returns the same with another mirror. */
  public AgentConfig with(MirrorConfig other) {
    return new AgentConfig(region, format, kafka, peers, topics, jmx, other, stores);
  }

  /** Returns the same with another JMX. */
  public AgentConfig with(JmxConfig other) {
    return new AgentConfig(region, format, kafka, peers, topics, other, mirror, stores);
  }
}
