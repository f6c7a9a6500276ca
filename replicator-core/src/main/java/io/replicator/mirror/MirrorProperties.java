package io.replicator.mirror;

import io.replicator.config.AgentConfig;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Region;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Mirror properties are MirrorMaker 2's configuration for one peer, generated from the agent's.
 *
 * <p>Regions are the aliases. What the worker and its producer are to heed must bear the target's
 * alias, what the consumer is to heed the source's; without it MirrorMaker ignores the setting and
 * says nothing. The operator's {@code mirror.options} come last and win.
 */
final class MirrorProperties {
  /** The largest record that must pass is 2 MiB; this leaves room for headers and batching. */
  private static final int MAX_REQUEST = 4 << 20;

  /** What a consumer takes at once, and a producer holds: bounds the mirror's memory. */
  private static final int BUFFER = 16 << 20;

  private static final List<String> ROLES = List.of("consumer", "producer", "admin");
  private static final Pattern HANDED_ON =
      Pattern.compile("bootstrap\\.|security\\.|ssl\\.|sasl\\.");

  /** What stands for several connectors, or for one that is not the source connector. */
  private static final Pattern OTHER_CONNECTORS =
      Pattern.compile(
          "clusters|.*->|emit\\.(heartbeats|checkpoints)\\.|sync\\.group|refresh\\.groups");

  /**
   * What MirrorMaker leaves out when it creates a topic after its original: its own list but for
   * {@code message.timestamp.type}, without which a backlog would be purged on arrival.
   */
  private static final String CONFIG_EXCLUDED =
      "follower.replication.throttled.replicas,leader.replication.throttled.replicas,"
          + "message.timestamp.difference.max.ms,log.message.timestamp.before.max.ms,"
          + "log.message.timestamp.after.max.ms,unclean.leader.election.enable,"
          + "min.insync.replicas";

  private final SortedMap<String, String> properties = new TreeMap<>();
  private final String source;
  private final String target;

  private MirrorProperties(Region source, Region target) {
    this.source = source.name();
    this.target = target.name();
  }

  /** Returns the properties of the mirror from {@code peer} to the agent's own region. */
  static SortedMap<String, String> of(AgentConfig config, Region peer) {
    MirrorProperties made = new MirrorProperties(peer, config.region());
    made.kafka(made.source, config.peers().get(peer).kafka().options());
    made.kafka(made.target, config.kafka().options());
    made.carriage();
    made.pace();
    made.worker(Short.toString(config.topics().replicationFactor()));
    made.properties.putAll(config.mirror().options());
    return made.properties;
  }

  /**
   * Returns those properties of the mirror from {@code peer} without which it would lose, change or
   * send round changes, whoever runs it; without addresses and secrets.
   */
  static SortedMap<String, String> carriage(Region peer, Region here) {
    MirrorProperties made = new MirrorProperties(peer, here);
    made.carriage();
    return made.properties;
  }

  /**
   * Returns the same as a source connector of its own takes them, in a Connect cluster or Strimzi.
   */
  static SortedMap<String, String> connector(Region peer, Region here) {
    String forth = peer + "->" + here + ".";
    SortedMap<String, String> connector = new TreeMap<>();
    carriage(peer, here)
        .forEach(
            (key, value) -> {
              if (key.startsWith(forth)) {
                connector.put(key.substring(forth.length()), value);
              } else if (key.startsWith(peer + ".")) {
                connector.put("source" + key.substring(peer.name().length()), value);
              } else if (key.startsWith(here + ".producer.")) {
                connector.put(
                    "producer.override" + key.substring((here + ".producer").length()), value);
              } else if (!OTHER_CONNECTORS.matcher(key).lookingAt()) {
                connector.put(key, value);
              }
            });
    connector.remove("enabled");
    return connector;
  }

  private void kafka(String alias, Map<String, String> options) {
    options.forEach(
        (option, value) -> {
          set(alias + "." + option, value);
          if (!HANDED_ON.matcher(option).lookingAt()) {
            // MirrorMaker itself hands only addresses and security on to its clients.
            ROLES.forEach(role -> set(alias + "." + role + "." + option, value));
          }
        });
  }

  private void carriage() {
    String forth = source + "->" + target + ".";
    set("clusters", source + "," + target);
    set(forth + "enabled", true);
    set(target + "->" + source + ".enabled", false);
    // Identity keeps the names and so cannot see a cycle: taking only what the peer itself wrote is
    // what prevents one.
    set("replication.policy.class", "org.apache.kafka.connect.mirror.IdentityReplicationPolicy");
    set(forth + "topics", TopicNames.mirrored(new Region(source)));
    // By default MirrorMaker leaves out what ends in .replica, as a queue's name may.
    set(forth + "topics.exclude", "__.*");
    set(forth + "config.properties.exclude", CONFIG_EXCLUDED);
    // Replicator has heartbeats and offsets of its own. An offset-syncs.* key beside these would
    // make the connector invalid.
    set("emit.heartbeats.enabled", false);
    set("heartbeats.replication.enabled", false);
    set("emit.checkpoints.enabled", false);
    set("emit.offset-syncs.enabled", false);
    set("sync.group.offsets.enabled", false);
    set("sync.topic.acls.enabled", false);
    set("sync.topic.configs.enabled", false);
    set("refresh.groups.enabled", false);
    set("refresh.topics.interval.seconds", 5);
    String consumer = source + ".consumer.";
    set(consumer + "isolation.level", "read_committed");
    set(consumer + "auto.offset.reset", "earliest");
    set(consumer + "max.partition.fetch.bytes", MAX_REQUEST);
    set(target + ".producer.max.request.size", MAX_REQUEST);
  }

  private void pace() {
    set(source + ".consumer.fetch.max.bytes", BUFFER);
    String producer = target + ".producer.";
    set(producer + "buffer.memory", BUFFER);
    set(producer + "batch.size", 65_536);
    set(producer + "linger.ms", 1);
    set(producer + "compression.type", "lz4");
  }

  private void worker(String replicas) {
    String worker = target + ".";
    set("replication.factor", replicas);
    set("heartbeats.topic.replication.factor", replicas); // created although nothing is emitted
    set(worker + "config.storage.replication.factor", replicas);
    set(worker + "offset.storage.replication.factor", replicas);
    set(worker + "status.storage.replication.factor", replicas);
    set(worker + "offset.storage.partitions", 5);
    set(worker + "status.storage.partitions", 1);
    set(worker + "offset.flush.interval.ms", 1000);
    set(worker + "session.timeout.ms", 6000);
    set(worker + "heartbeat.interval.ms", 2000);
    set(worker + "scheduled.rebalance.max.delay.ms", 1000);
    set(worker + "task.shutdown.graceful.timeout.ms", 3000);
    set("plugin.discovery", "service_load");
    set(worker + "plugin.discovery", "service_load");
    // Two agents of a region share the tasks only if their workers can talk to each other.
    set("dedicated.mode.enable.internal.rest", true);
    set("listeners", "http://127.0.0.1:0");
  }

  private void set(String key, Object value) {
    properties.put(key, value.toString());
  }
}
