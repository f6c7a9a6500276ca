package io.replicator.agent;

import io.replicator.config.AgentConfig;
import io.replicator.config.ResourceConfig;
import io.replicator.kafka.Denial;
import io.replicator.kafka.Identity;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.kafka.Topics;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;

/**
 * The groundwork is what must be so before a flow may open: the local Kafka answers, is this
 * region's, and holds the topics; and the peers that answer at once are who they are called.
 */
final class Groundwork {
  private static final int PAUSE_SECONDS = 2;

  /** A region must not wait for another one that is lost: for all peers together. */
  private static final Duration PEERS_LIMIT = Duration.ofSeconds(5);

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
    return await(this::create);
  }

  /**
   * Waits likewise for what a process needs that only captures some resources.
   *
   * @return the ids of the topics that are captured into, by their names
   * @throws ReplicationException of kind FATAL if waiting would not help
   */
  Map<String, String> layFor(List<ResourceConfig> resources) throws InterruptedException {
    return await(
        topics -> {
          createShared(topics);
          return create(topics, resources);
        });
  }

  /**
   * Waits likewise for what a process that only mirrors needs: the topics that it carries, as far
   * as the configuration names them. The mirror creates the others after their originals.
   *
   * @throws ReplicationException of kind FATAL if waiting would not help
   */
  void layForMirror() throws InterruptedException {
    await(
        topics -> {
          createMirrored(topics);
          return null;
        });
  }

  /**
   * Makes sure, without waiting, that the topics of some resources exist.
   *
   * @return the ids of those that are captured into, by their names
   * @throws ReplicationException if that cannot be; of kind FATAL if waiting would not help
   * @throws KafkaException if the local Kafka does not answer
   */
  Map<String, String> lay(List<ResourceConfig> resources) {
    if (resources.isEmpty()) {
      return Map.of();
    }
    try (Admin admin = kafka.admin()) {
      return create(topics(admin), resources);
    }
  }

  private Topics topics(Admin admin) {
    return new Topics(
        admin,
        config.topics().replicationFactor(),
        config.topics().minInsyncReplicas(),
        config.topics().retention());
  }

  private <T> T await(Function<Topics, T> create) throws InterruptedException {
    while (true) {
      try (Admin admin = kafka.admin()) {
        Topics topics = topics(admin);
        // Never compacted: of two claims made at once the first one has to stay.
        topics.ensureJournal(TopicNames.IDENTITY, 1, "");
        claim();
        new Peers(config, name).recognise(PEERS_LIMIT);
        return create.apply(topics);
      } catch (ReplicationException e) {
        if (e.kind() == ReplicationException.Kind.FATAL) {
          throw e;
        }
        blocked(e, e.hint());
      } catch (KafkaException e) {
        blocked(e, "look at the brokers and the kafka section");
      }
      TimeUnit.SECONDS.sleep(PAUSE_SECONDS);
    }
  }

  private void blocked(RuntimeException e, String hint) {
    Optional<Denial> denial = Denial.of("kafka", e);
    health.blocked(
        "kafka.bootstrap.servers: '"
            + kafka.bootstrapServers()
            + "': the local Kafka cannot be used: "
            + denial.map(Denial::reason).orElse(e.getMessage()),
        denial.map(Denial::mend).orElse(hint) + "; it is tried again and again");
  }

  private void claim() {
    Producer<byte[], byte[]> producer = kafka.producer("identity");
    try {
      Identity.claim(kafka, producer, config.region(), Identity.LIMIT);
    } finally {
      producer.close(Duration.ZERO); // what is not acknowledged by now would be waited for for ever
    }
  }

  private void createMirrored(Topics topics) {
    config.peers().keySet().forEach(peer -> topics.ensureMirrored(TopicNames.status(peer), 1, ""));
    config.resources().forEach(resource -> createMirrored(topics, resource));
  }

  private void createMirrored(Topics topics, ResourceConfig resource) {
    for (Region origin : resource.from()) {
      if (!origin.equals(config.region())) {
        topics.ensureMirrored(
            TopicNames.changes(new Flow(resource.resource(), origin)),
            resource.partitions(),
            key(resource));
      }
    }
  }

  private static String key(ResourceConfig resource) {
    return "stores."
        + resource.resource().store()
        + ".resources."
        + resource.resource().name()
        + ".partitions";
  }

  private Map<String, String> create(Topics topics) {
    createShared(topics);
    return create(topics, config.resources());
  }

  private void createShared(Topics topics) {
    Region here = config.region();
    topics.ensureMirrored(TopicNames.status(here), 1, "");
    config.peers().keySet().forEach(peer -> topics.ensureMirrored(TopicNames.status(peer), 1, ""));
    topics.ensureCompacted(TopicNames.control(here));
    topics.ensureDeadLetters(TopicNames.deadLetters(here));
  }

  /** Returns through {@code ids} those of the topics whose loss no reader would notice. */
  private void createSettled(Topics topics, ResourceConfig resource, Map<String, String> ids) {
    Region here = config.region();
    String key = key(resource);
    String ledger = TopicNames.ledger(here, resource.resource());
    ids.put(
        ledger,
        topics.ensureLedger(
            ledger, resource.partitions(), key, resource.endpoint().capabilities().onlyLists()));
    topics.ensureDeadLetters(TopicNames.conflicts(here));
    for (String topic :
        List.of(
            TopicNames.hints(here, resource.resource()),
            TopicNames.changes(new Flow(resource.resource(), here)))) {
      ids.put(topic, topics.ensureMirrored(topic, resource.partitions(), key));
    }
    for (Flow flow : resource.inflows(here)) {
      topics.ensureParking(TopicNames.parking(here, flow), resource.partitions(), key);
    }
    createMirrored(topics, resource);
  }

  private Map<String, String> create(Topics topics, List<ResourceConfig> resources) {
    Region here = config.region();
    OwnDelivery delivery = new OwnDelivery(topics, here);
    Map<String, String> ids = new HashMap<>();
    for (ResourceConfig resource : resources) {
      String key = key(resource);
      if (resource.settle().isPresent()) {
        createSettled(topics, resource, ids);
        continue;
      }
      delivery.ensure(resource, key);
      String own = TopicNames.changes(new Flow(resource.resource(), here));
      ids.put(own, topics.ensureMirrored(own, resource.partitions(), key));
      createMirrored(topics, resource);
      for (Region origin : resource.from()) {
        Flow flow = new Flow(resource.resource(), origin);
        topics.ensureJournal(TopicNames.applied(here, flow), resource.partitions(), key);
        topics.ensureParking(TopicNames.parking(here, flow), resource.partitions(), key);
      }
    }
    return ids;
  }
}
