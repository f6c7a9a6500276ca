package io.replicator.kafka;

import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Topics are created by the agents themselves, with the settings on which the promises rest; one
 * that exists is held against what is configured.
 */
public final class Topics {
  private static final Logger LOG = LoggerFactory.getLogger(Topics.class);
  private final Admin admin;
  private final short replicationFactor;
  private final TopicSettings settings;

  /**
   * @param admin of the local Kafka; stays the caller's to close
   */
  public Topics(Admin admin, int replicationFactor, int minInsyncReplicas, Duration retention) {
    this.admin = admin;
    this.replicationFactor = (short) replicationFactor;
    this.settings = new TopicSettings(minInsyncReplicas, retention);
  }

  /** Returns those of the topics that exist, as one broker sees them at one moment. */
  public Set<String> existing(Collection<String> topics) {
    Set<String> existing = new HashSet<>();
    admin
        .describeTopics(topics)
        .topicNameValues()
        .forEach(
            (topic, answer) -> {
              try {
                answer.get();
                existing.add(topic);
              } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                  throw failure("describe", topic, e.getCause());
                }
              } catch (InterruptedException e) {
                throw interrupted(topic, e);
              }
            });
    return existing;
  }

  /**
   * Makes sure that a change or status topic exists.
   *
   * @return the topic's id
   */
  public String ensureMirrored(String topic, int partitions, String key) {
    return ensure(topic, partitions, key, settings.mirrored());
  }

  /** Makes sure that the topic of dead letters exists. */
  public void ensureDeadLetters(String topic) {
    ensure(topic, 1, "", settings.deadLetters());
  }

  /** Makes sure that a topic exists which keeps the last word on each key. */
  public void ensureCompacted(String topic) {
    ensure(topic, 1, "", settings.compacted());
  }

  /** Makes sure that a parking topic exists. */
  public void ensureParking(String topic, int partitions, String key) {
    ensure(topic, partitions, key, settings.parking());
  }

  /**
   * Makes sure that a ledger exists.
   *
   * @return the topic's id
   */
  public String ensureLedger(String topic, int partitions, String key, boolean forEver) {
    return ensure(topic, partitions, key, settings.ledger(forEver));
  }

  /** Makes sure that a topic exists which keeps its newest records. */
  public void ensureJournal(String topic, int partitions, String key) {
    ensure(topic, partitions, key, settings.journal());
  }

  private String ensure(String topic, int partitions, String key, Map<String, String> wanted) {
    try {
      admin
          .createTopics(List.of(new NewTopic(topic, partitions, replicationFactor).configs(wanted)))
          .all()
          .get();
      LOG.info("created topic {} with {} partitions", topic, partitions);
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw failure("create", topic, e.getCause());
      }
    } catch (InterruptedException e) {
      throw interrupted(topic, e);
    }
    TopicDescription found = describe(topic);
    if (found.partitions().size() != partitions) {
      throw new ReplicationException(
          ReplicationException.Kind.FATAL,
          "topic " + topic + " has " + found.partitions().size() + " partitions, not " + partitions,
          (key.isEmpty() ? "" : "set " + key + " to " + found.partitions().size() + ": ")
              + "the number is fixed at creation, because keys would change their partition",
          null);
    }
    mend(topic, wanted);
    return found.topicId().toString();
  }

  /**
   * Somebody else may have created the topic, such as a mirror with defaults of its own. A longer
   * retention is left as it is: an operator may have raised it.
   */
  private void mend(String topic, Map<String, String> wanted) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    try {
      Config found = admin.describeConfigs(List.of(resource)).all().get().get(resource);
      List<AlterConfigOp> changes = new ArrayList<>();
      wanted.forEach(
          (name, value) -> {
            String present = found.get(name).value();
            if (TopicSettings.isMended(name) && !TopicSettings.serves(name, present, value)) {
              LOG.warn(
                  "topic {} had {}={}; it needs {}, which is set now", topic, name, present, value);
              changes.add(
                  new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET));
            }
          });
      if (!changes.isEmpty()) {
        admin.incrementalAlterConfigs(Map.of(resource, changes)).all().get();
      }
    } catch (ExecutionException e) {
      throw failure("configure", topic, e.getCause());
    } catch (InterruptedException e) {
      throw interrupted(topic, e);
    }
  }

  private TopicDescription describe(String topic) {
    // A broker may not know yet what the controller has just created.
    for (int attempt = 1; ; attempt++) {
      try {
        return admin.describeTopics(List.of(topic)).topicNameValues().get(topic).get();
      } catch (ExecutionException e) {
        if (attempt == 50 || !(e.getCause() instanceof UnknownTopicOrPartitionException)) {
          throw failure("describe", topic, e.getCause());
        }
      } catch (InterruptedException e) {
        throw interrupted(topic, e);
      }
      try {
        Thread.sleep(100);
      } catch (InterruptedException e) {
        throw interrupted(topic, e);
      }
    }
  }

  private static ReplicationException failure(String verb, String topic, Throwable cause) {
    boolean passing = cause instanceof RetriableException;
    return new ReplicationException(
        passing ? ReplicationException.Kind.TRANSIENT : ReplicationException.Kind.BLOCKED,
        "cannot " + verb + " topic " + topic + ": " + cause.getMessage(),
        "the agent needs CREATE, DESCRIBE, DESCRIBE_CONFIGS and ALTER_CONFIGS on replicator* topics, and as many brokers as"
            + " topics.replication-factor",
        cause);
  }

  private static ReplicationException interrupted(String topic, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new ReplicationException(
        ReplicationException.Kind.TRANSIENT, "interrupted at topic " + topic, "", e);
  }
}
