package io.replicator.kafka;

import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
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
  private static final int JOURNAL_BYTES = 64 << 20;

  /** Settings without which changes would be purged, merged or refused. */
  private static final List<String> MENDED =
      List.of(
          TopicConfig.CLEANUP_POLICY_CONFIG,
          TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG,
          TopicConfig.RETENTION_MS_CONFIG,
          TopicConfig.MAX_MESSAGE_BYTES_CONFIG);

  private final Admin admin;
  private final short replicationFactor;
  private final Map<String, String> common = new HashMap<>();
  private final Duration retention;

  /**
   * @param admin of the local Kafka; stays the caller's to close
   */
  public Topics(Admin admin, int replicationFactor, int minInsyncReplicas, Duration retention) {
    this.admin = admin;
    this.replicationFactor = (short) replicationFactor;
    this.retention = retention;
    common.put(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, Integer.toString(minInsyncReplicas));
    common.put(
        TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(KafkaClients.MAX_RECORD_BYTES));
  }

  /**
   * Makes sure that a change or status topic exists: kept by time, never compacted, and stamped on
   * arrival, because a mirrored backlog that kept its old times would be purged at once.
   *
   * @return the topic's id
   */
  public String ensureMirrored(String topic, int partitions, String key) {
    Map<String, String> settings = new HashMap<>(common);
    settings.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
    settings.put(TopicConfig.RETENTION_MS_CONFIG, Long.toString(retention.toMillis()));
    settings.put(TopicConfig.RETENTION_BYTES_CONFIG, "-1");
    settings.put(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "LogAppendTime");
    return ensure(topic, partitions, key, settings);
  }

  /** Makes sure that the topic of dead letters exists, with room for the largest and its reason. */
  public void ensureDeadLetters(String topic) {
    Map<String, String> settings = new HashMap<>(common);
    settings.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
    settings.put(TopicConfig.RETENTION_MS_CONFIG, Long.toString(retention.toMillis()));
    settings.put(
        TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
        Integer.toString(KafkaClients.MAX_RECORD_BYTES + KafkaClients.DEAD_LETTER_ROOM_BYTES));
    ensure(topic, 1, "", settings);
  }

  /** Makes sure that a topic exists which keeps the last word on each key. */
  public void ensureCompacted(String topic) {
    Map<String, String> settings = new HashMap<>(common);
    settings.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
    ensure(topic, 1, "", settings);
  }

  /**
   * Makes sure that a topic exists which keeps its newest {@value #JOURNAL_BYTES} bytes or more.
   */
  public void ensureJournal(String topic, int partitions, String key) {
    Map<String, String> settings = new HashMap<>(common);
    settings.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE);
    settings.put(TopicConfig.RETENTION_MS_CONFIG, "-1");
    settings.put(TopicConfig.RETENTION_BYTES_CONFIG, Integer.toString(JOURNAL_BYTES));
    settings.put(TopicConfig.SEGMENT_BYTES_CONFIG, Integer.toString(JOURNAL_BYTES / 4));
    ensure(topic, partitions, key, settings);
  }

  private String ensure(String topic, int partitions, String key, Map<String, String> settings) {
    try {
      admin
          .createTopics(
              List.of(new NewTopic(topic, partitions, replicationFactor).configs(settings)))
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
    mend(topic, settings);
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
      for (String name : MENDED) {
        String value = wanted.get(name);
        if (value != null && !serves(name, found.get(name).value(), value)) {
          LOG.warn(
              "topic {} had {}={}; it needs {}, which is set now",
              topic,
              name,
              found.get(name).value(),
              value);
          changes.add(new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET));
        }
      }
      if (!changes.isEmpty()) {
        admin.incrementalAlterConfigs(Map.of(resource, changes)).all().get();
      }
    } catch (ExecutionException e) {
      throw failure("configure", topic, e.getCause());
    } catch (InterruptedException e) {
      throw interrupted(topic, e);
    }
  }

  private static boolean serves(String name, String found, String wanted) {
    if (!name.equals(TopicConfig.RETENTION_MS_CONFIG)) {
      return found.equals(wanted);
    }
    // -1 is for ever.
    long kept = Long.parseLong(found);
    return kept == -1 || (!wanted.equals("-1") && kept >= Long.parseLong(wanted));
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
