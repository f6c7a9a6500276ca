package io.replicator.check;

import io.replicator.kafka.TopicSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.TopicConfig;

/**
 * A topic check holds the topics of a cluster against the plan: their partitions, replicas and
 * settings. What the principal may not see is left to the {@link AclCheck}.
 */
final class TopicCheck {
  private final Cluster cluster;
  private final int replicas;
  private final Survey survey;
  private final Report report;

  /**
   * @param replicas how many there should be of each partition
   */
  TopicCheck(Cluster cluster, int replicas, Survey survey, Report report) {
    this.cluster = cluster;
    this.replicas = replicas;
    this.survey = survey;
    this.report = report;
  }

  void run(List<Plan.Topic> topics) {
    topics.forEach(this::topic);
  }

  private void topic(Plan.Topic topic) {
    Survey.Answer<TopicDescription> answer = survey.description(topic);
    if (answer.value().isPresent()) {
      List<String> right = new ArrayList<>();
      TopicDescription found = answer.value().get();
      // Each is looked at, whatever the others find.
      boolean partitions = partitions(topic, found, right);
      boolean replicas = replicas(topic, found);
      boolean settings = settings(topic, found);
      if (partitions && replicas && settings) {
        report.ok(subject(topic), right.isEmpty() ? "is there" : String.join(", ", right));
      }
    } else if (answer.absent()) {
      absent(topic);
    } else if (!answer.forbidden()) {
      report.error(
          subject(topic),
          "cannot be described: " + answer.failure().orElseThrow().getMessage(),
          "look at the brokers, and check again");
    }
  }

  private void absent(Plan.Topic topic) {
    if (!cluster.local()) {
      report.ok(subject(topic), "does not exist yet; the agents there will create it");
      return;
    }
    survey
        .uncreatable(topic)
        .ifPresentOrElse(
            failure ->
                report.error(
                    subject(topic),
                    "does not exist, and would not be created: " + failure.getMessage(),
                    "look at the brokers' own policies, and at topics.replication-factor"),
            () -> {
              if (survey.creatable(topic)) {
                report.ok(subject(topic), "does not exist yet; the agent will create it");
              }
            });
  }

  private boolean partitions(Plan.Topic topic, TopicDescription found, List<String> right) {
    int partitions = found.partitions().size();
    if (topic.partitions() == 0) {
      return true;
    }
    if (partitions == topic.partitions()) {
      right.add(partitions == 1 ? "1 partition" : partitions + " partitions");
      return true;
    }
    String detail = "has " + partitions + " partitions, not " + topic.partitions();
    if (!cluster.local()) {
      report.error(
          subject(topic),
          detail + " as here: a key would have another partition there",
          "set partitions of " + topic.key() + " to the same number in every region");
    } else if (topic.key().isEmpty()) {
      report.error(
          subject(topic), detail, "delete it while no agent runs; the agent creates it anew");
    } else {
      report.error(
          subject(topic),
          detail,
          "set "
              + topic.key()
              + " to "
              + partitions
              + ": the number is fixed at creation, and the same in every region");
    }
    return false;
  }

  private boolean replicas(Plan.Topic topic, TopicDescription found) {
    int fewest =
        found.partitions().stream()
            .mapToInt(partition -> partition.replicas().size())
            .min()
            .orElse(replicas);
    if (!cluster.local() || fewest >= replicas) {
      return true;
    }
    report.warning(
        subject(topic),
        "has " + fewest + " replicas, and topics.replication-factor is " + replicas,
        "add replicas by kafka-reassign-partitions.sh: what only " + fewest + " hold, may be lost");
    return false;
  }

  private boolean settings(Plan.Topic topic, TopicDescription found) {
    if (topic.settings().isEmpty() || survey.config(topic).value().isEmpty()) {
      return true;
    }
    Config config = survey.config(topic).value().get();
    boolean right = inSyncCanBeMet(topic, found, config);
    for (Map.Entry<String, String> wanted : new TreeMap<>(topic.settings()).entrySet()) {
      ConfigEntry present = config.get(wanted.getKey());
      if (present != null
          && !TopicSettings.serves(wanted.getKey(), present.value(), wanted.getValue())) {
        report(topic, found, wanted.getKey(), present.value(), wanted.getValue());
        right = false;
      }
    }
    return right;
  }

  /** More replicas in sync than there are replicas: nothing at all could be written. */
  private boolean inSyncCanBeMet(Plan.Topic topic, TopicDescription found, Config config) {
    ConfigEntry least = config.get(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG);
    int fewest =
        found.partitions().stream()
            .mapToInt(partition -> partition.replicas().size())
            .min()
            .orElse(0);
    if (least == null || Integer.parseInt(least.value()) <= fewest) {
      return true;
    }
    report.error(
        subject(topic),
        "has min.insync.replicas="
            + least.value()
            + ", and "
            + fewest
            + " replicas: it takes no record",
        "add replicas by kafka-reassign-partitions.sh, or " + alter(topic, least.name(), "1"));
    return false;
  }

  private void report(
      Plan.Topic topic, TopicDescription found, String name, String present, String wanted) {
    String detail = "has " + name + "=" + present + ", not " + wanted + consequence(name);
    Set<AclOperation> allowed = found.authorizedOperations();
    if (!TopicSettings.isMended(name)) {
      report.warning(subject(topic), detail, alter(topic, name, wanted));
    } else if (allowed != null && !allowed.contains(AclOperation.ALTER_CONFIGS)) {
      report.error(
          subject(topic),
          detail + "; missing ALTER_CONFIGS on topic " + topic.name() + " to set it",
          alter(topic, name, wanted) + ", or allow the agent ALTER_CONFIGS on the topic");
    } else {
      report.warning(
          subject(topic), detail, "the agent sets it when it starts; what is gone stays gone");
    }
  }

  private static String consequence(String name) {
    return switch (name) {
      case TopicConfig.RETENTION_MS_CONFIG, TopicConfig.RETENTION_BYTES_CONFIG ->
          ": a longer outage loses what is purged";
      case TopicConfig.CLEANUP_POLICY_CONFIG -> ": changes are merged or purged";
      case TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG ->
          ": a mirrored backlog is purged on its arrival";
      case TopicConfig.MAX_MESSAGE_BYTES_CONFIG -> ": the largest changes may not pass";
      case TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG ->
          ": what is acknowledged may be lost with one broker";
      default -> "";
    };
  }

  private static String alter(Plan.Topic topic, String name, String value) {
    return "run kafka-configs.sh --alter --entity-type topics --entity-name "
        + topic.name()
        + " --add-config "
        + name
        + "="
        + value;
  }

  /** A peer's topic bears the same name as its mirror here. */
  private String subject(Plan.Topic topic) {
    return "topic " + topic.name() + (cluster.local() ? "" : " in " + cluster.region());
  }
}
