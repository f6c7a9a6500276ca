package io.replicator.agent;

import io.replicator.config.AgentConfig;
import io.replicator.config.PeerConfig;
import io.replicator.config.ResourceConfig;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.kafka.Topics;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The groundwork is what must be so before a flow may open: the local Kafka answers, is this
 * region's, and holds the topics; and the peers that answer are who they are called.
 */
final class Groundwork {
  private static final Logger LOG = LoggerFactory.getLogger(Groundwork.class);
  private static final int PAUSE_SECONDS = 2;

  private final AgentConfig config;
  private final KafkaClients kafka;
  private final String name;
  private final AgentHealth health;

  Groundwork(AgentConfig config, KafkaClients kafka, String name, AgentHealth health) {
    this.config = config;
    this.kafka = kafka;
    this.name = name;
    this.health = health;
  }

  /**
   * Waits until the local Kafka answers and all is so, the agent being BLOCKED meanwhile.
   *
   * @return the ids of the topics that are captured into, by their names
   * @throws ReplicationException of kind FATAL if waiting would not help
   */
  Map<String, String> lay() throws InterruptedException {
    while (true) {
      try (Admin admin = kafka.admin();
          Producer<byte[], byte[]> producer = kafka.producer("identity")) {
        Topics topics =
            new Topics(
                admin,
                config.topics().replicationFactor(),
                config.topics().minInsyncReplicas(),
                config.topics().retention());
        // Never compacted: of two claims made at once the first one has to stay.
        topics.ensureJournal(TopicNames.IDENTITY, 1, "");
        Identity.claim(kafka, producer, config.region());
        recognisePeers();
        return create(topics);
      } catch (ReplicationException e) {
        if (e.kind() == ReplicationException.Kind.FATAL) {
          throw e;
        }
        health.blocked(e.getMessage(), e.hint());
      } catch (KafkaException e) {
        health.blocked(
            "kafka.bootstrap.servers: '"
                + kafka.bootstrapServers()
                + "': the local Kafka cannot be used: "
                + e.getMessage(),
            "look at the brokers and the kafka section; the agent goes on trying");
      }
      TimeUnit.SECONDS.sleep(PAUSE_SECONDS);
    }
  }

  /** A peer that answers must be the region it is called; one that is away may come later. */
  private void recognisePeers() {
    for (PeerConfig peer : config.peers().values()) {
      KafkaClients theirs = new KafkaClients(peer.kafka().options(), name + "-" + peer.region());
      Optional<Region> owner;
      try {
        owner = Identity.read(theirs);
      } catch (KafkaException e) {
        LOG.warn(
            "the Kafka of region {} at {} does not answer; the mirror goes on trying",
            peer.region(),
            theirs.bootstrapServers());
        continue;
      }
      if (owner.isPresent() && !owner.get().equals(peer.region())) {
        throw Identity.mismatch(
            "peers." + peer.region() + ".kafka.bootstrap.servers", theirs, owner, peer.region());
      }
    }
  }

  private Map<String, String> create(Topics topics) {
    Region here = config.region();
    topics.ensureMirrored(TopicNames.status(here), 1, "");
    config.peers().keySet().forEach(peer -> topics.ensureMirrored(TopicNames.status(peer), 1, ""));
    topics.ensureCompacted(TopicNames.control(here));
    topics.ensureDeadLetters(TopicNames.deadLetters(here));
    Map<String, String> ids = new HashMap<>();
    for (ResourceConfig resource : config.resources()) {
      String key =
          "stores."
              + resource.resource().store()
              + ".resources."
              + resource.resource().name()
              + ".partitions";
      String own = TopicNames.changes(new Flow(resource.resource(), here));
      ids.put(own, topics.ensureMirrored(own, resource.partitions(), key));
      for (Region origin : resource.from()) {
        Flow flow = new Flow(resource.resource(), origin);
        topics.ensureMirrored(TopicNames.changes(flow), resource.partitions(), key);
        topics.ensureJournal(TopicNames.applied(here, flow), resource.partitions(), key);
      }
    }
    return ids;
  }
}
