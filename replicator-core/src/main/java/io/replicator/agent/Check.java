package io.replicator.agent;

import io.replicator.config.AgentConfig;
import io.replicator.config.PeerConfig;
import io.replicator.config.ResourceConfig;
import io.replicator.config.StoreConfig;
import io.replicator.kafka.Identity;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.mirror.MirrorCheck;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * A check tries every endpoint that a configuration names, without changing anything, and reports
 * each result as it comes.
 */
public final class Check {
  private final AgentConfig config;
  private final Consumer<Finding> findings;

  private Check(AgentConfig config, Consumer<Finding> findings) {
    this.config = config;
    this.findings = findings;
  }

  /** Runs the check, and closes what the configuration owns. Blocks, a minute or so at most. */
  public static void run(AgentConfig config, Consumer<Finding> findings) {
    try {
      new Check(config, findings).run();
    } finally {
      config.stores().forEach(store -> store.store().close());
    }
  }

  private void run() {
    KafkaClients local = new KafkaClients(config.kafka().options(), "replicator-check");
    if (kafka("kafka", local, config.region())) {
      new GroupCheck(local, findings).run();
      partitions(local);
    }
    for (PeerConfig peer : config.peers().values()) {
      kafka(
          "peers." + peer.region() + ".kafka",
          new KafkaClients(peer.kafka().options(), "replicator-check"),
          peer.region());
    }
    MirrorCheck.run(config, findings);
    for (StoreConfig store : config.stores()) {
      for (ResourceConfig resource : store.resources()) {
        resource.endpoint().check().forEach(findings);
      }
    }
  }

  /** Tells whether a cluster answers and belongs to the region that it is configured as. */
  private boolean kafka(String key, KafkaClients kafka, Region expected) {
    String subject = key + ".bootstrap.servers '" + kafka.bootstrapServers() + "'";
    try (Admin admin = kafka.admin()) {
      int brokers = admin.describeCluster().nodes().get().size();
      Optional<Region> owner = Identity.read(kafka, Identity.LIMIT);
      if (owner.isPresent() && !owner.get().equals(expected)) {
        report(
            Level.ERROR,
            subject,
            "is the Kafka of region " + owner.get() + ", not of " + expected,
            "correct " + key + ".bootstrap.servers or the region");
        return false;
      }
      int replicas = config.topics().replicationFactor();
      if (key.equals("kafka") && brokers < replicas) {
        report(
            Level.ERROR,
            subject,
            "has " + brokers + " brokers, and topics.replication-factor is " + replicas,
            "add brokers, or set topics.replication-factor to "
                + brokers
                + " where loss is harmless");
        return false;
      }
      String whose = owner.map(region -> "region " + region).orElse("no agent has run there yet");
      report(Level.OK, subject, "answers with " + brokers + " brokers; " + whose, "");
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException | KafkaException e) {
      Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
      report(
          Level.ERROR,
          subject,
          "does not answer: " + cause.getMessage(),
          "correct " + key + " (address, security.protocol, credentials) or start the brokers");
      return false;
    }
  }

  private void partitions(KafkaClients kafka) {
    try (Admin admin = kafka.admin()) {
      for (StoreConfig store : config.stores()) {
        for (ResourceConfig resource : store.resources()) {
          partitions(admin, new Flow(resource.resource(), config.region()), resource.partitions());
          for (Region origin : resource.from()) {
            partitions(admin, new Flow(resource.resource(), origin), resource.partitions());
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void partitions(Admin admin, Flow flow, int expected) throws InterruptedException {
    String topic = TopicNames.changes(flow);
    String subject = "topic " + topic;
    try {
      TopicDescription found =
          admin.describeTopics(List.of(topic)).topicNameValues().get(topic).get();
      int partitions = found.partitions().size();
      if (partitions == expected) {
        report(Level.OK, subject, partitions + " partitions", "");
      } else {
        report(
            Level.ERROR,
            subject,
            "has " + partitions + " partitions, not " + expected,
            "set partitions of "
                + flow.resource()
                + " to "
                + partitions
                + ": the number is fixed at creation, and the same in every region");
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        report(Level.OK, subject, "does not exist yet; the agent will create it", "");
      } else {
        report(
            Level.ERROR,
            subject,
            "cannot be described: " + e.getCause().getMessage(),
            "the agent needs DESCRIBE on replicator* topics");
      }
    }
  }

  private void report(Level level, String subject, String detail, String mend) {
    findings.accept(new Finding(level, subject, detail, mend));
  }
}
