package io.replicator.mirror;

import io.replicator.config.AgentConfig;
import io.replicator.config.JmxConfig;
import io.replicator.config.KafkaConfig;
import io.replicator.config.MirrorConfig;
import io.replicator.config.PeerConfig;
import io.replicator.config.TopicConfig;
import io.replicator.model.Region;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Configurations of an agent in us-east-1, as far as the mirror reads them. */
final class MirrorConfigs {
  static final Region EAST = new Region("us-east-1");
  static final Region WEST = new Region("us-west-2");

  private MirrorConfigs() {}

  static AgentConfig east(
      Map<String, String> kafka,
      Map<Region, Map<String, String>> peers,
      int replicas,
      MirrorConfig mirror) {
    SortedMap<Region, PeerConfig> peerConfigs = new TreeMap<>();
    peers.forEach(
        (peer, options) -> peerConfigs.put(peer, new PeerConfig(peer, new KafkaConfig(options))));
    return new AgentConfig(
        EAST,
        1,
        new KafkaConfig(kafka),
        peerConfigs,
        new TopicConfig(3, (short) replicas, 1, Duration.ofDays(14)),
        JmxConfig.NONE,
        mirror,
        List.of());
  }

  static Map<String, String> at(String servers) {
    return Map.of("bootstrap.servers", servers);
  }

  static MirrorConfig embedded(Map<String, String> options) {
    return new MirrorConfig(MirrorConfig.Mode.EMBEDDED, options);
  }
}
