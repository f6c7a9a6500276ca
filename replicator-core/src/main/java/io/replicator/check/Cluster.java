package io.replicator.check;

import io.replicator.config.AgentConfig;
import io.replicator.config.PeerConfig;
import io.replicator.kafka.KafkaClients;
import io.replicator.model.Region;

/**
 * A cluster is the Kafka of one region, as the configuration names it.
 *
 * @param key of the section that says how to reach it
 * @param region whose Kafka it is to be
 * @param local whether it is this region's own
 */
record Cluster(String key, Region region, boolean local, KafkaClients kafka) {
  private static final String NAME = "replicator-check";

  static Cluster local(AgentConfig config) {
    return new Cluster(
        "kafka", config.region(), true, new KafkaClients(config.kafka().options(), NAME));
  }

  static Cluster of(PeerConfig peer) {
    return new Cluster(
        "peers." + peer.region() + ".kafka",
        peer.region(),
        false,
        new KafkaClients(peer.kafka().options(), NAME));
  }

  /** Returns the key and its value, as findings name the cluster. */
  @Override
  public String toString() {
    return key + ".bootstrap.servers '" + kafka.bootstrapServers() + "'";
  }
}
