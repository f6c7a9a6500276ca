package io.replicator.check;

import static org.apache.kafka.common.acl.AclOperation.CREATE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE_CONFIGS;
import static org.apache.kafka.common.acl.AclOperation.READ;
import static org.apache.kafka.common.acl.AclOperation.WRITE;

import io.replicator.config.AgentConfig;
import io.replicator.config.MirrorConfig;
import io.replicator.config.ResourceConfig;
import io.replicator.kafka.TopicNames;
import io.replicator.kafka.TopicSettings;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.acl.AclOperation;

/**
 * The plan of what an agent uses in the Kafkas: the topics, what each must be like and what is done
 * with it there, and the groups.
 */
final class Plan {
  /**
   * A topic that an agent uses.
   *
   * @param partitions how many it must have; 0 if that is not ours to say
   * @param key of the configuration, under which they are set; may be empty
   * @param settings what it must have
   * @param operations what the agent's principal must be allowed
   */
  record Topic(
      String name,
      int partitions,
      String key,
      Map<String, String> settings,
      Set<AclOperation> operations) {}

  private static final Map<String, String> NONE = Map.of();

  private final AgentConfig config;
  private final Region here;
  private final TopicSettings settings;

  Plan(AgentConfig config) {
    this.config = config;
    this.here = config.region();
    this.settings =
        new TopicSettings(config.topics().minInsyncReplicas(), config.topics().retention());
  }

  /** Returns the topics in a cluster. */
  List<Topic> topics(Cluster cluster) {
    return cluster.local() ? local() : at(cluster.region());
  }

  /** Returns the groups in the local Kafka that the agent is a member of. */
  List<String> groups() {
    List<String> groups = new ArrayList<>();
    for (ResourceConfig resource : config.resources()) {
      for (Region origin : resource.from()) {
        groups.add(TopicNames.applyGroup(here, new Flow(resource.resource(), origin)));
      }
    }
    if (embedded()) {
      // MirrorMaker calls the group of its workers so.
      config.peers().keySet().forEach(peer -> groups.add(peer + "-mm2"));
    }
    return groups;
  }

  private List<Topic> local() {
    List<Topic> topics = new ArrayList<>();
    topics.add(own(TopicNames.IDENTITY, 1, "", settings.journal(), READ, WRITE));
    topics.add(own(TopicNames.status(here), 1, "", settings.mirrored(), READ, WRITE));
    topics.add(own(TopicNames.control(here), 1, "", settings.compacted(), READ, WRITE));
    topics.add(own(TopicNames.deadLetters(here), 1, "", settings.deadLetters(), WRITE));
    for (Region peer : config.peers().keySet()) {
      topics.add(mirrored(TopicNames.status(peer), 1, ""));
    }
    for (ResourceConfig resource : config.resources()) {
      String key =
          "stores."
              + resource.resource().store()
              + ".resources."
              + resource.resource().name()
              + ".partitions";
      int partitions = resource.partitions();
      String changes = TopicNames.changes(new Flow(resource.resource(), here));
      Set<AclOperation> operations = EnumSet.noneOf(AclOperation.class);
      if (resource.capture()) {
        operations.add(WRITE);
      }
      if (resource.from().contains(here)) {
        operations.add(READ);
      }
      topics.add(
          own(
              changes,
              partitions,
              key,
              settings.mirrored(),
              operations.toArray(AclOperation[]::new)));
      for (Region origin : resource.from()) {
        Flow flow = new Flow(resource.resource(), origin);
        if (!origin.equals(here)) {
          topics.add(mirrored(TopicNames.changes(flow), partitions, key));
        }
        topics.add(
            own(TopicNames.applied(here, flow), partitions, key, settings.journal(), READ, WRITE));
      }
    }
    if (embedded()) {
      for (Region peer : config.peers().keySet()) {
        for (String purpose : List.of("configs", "offsets", "status")) {
          topics.add(own("mm2-" + purpose + "." + peer + ".internal", 0, "", NONE, READ, WRITE));
        }
      }
    }
    return topics;
  }

  /** Returns what is read of a peer's Kafka: nothing is written there. */
  private List<Topic> at(Region peer) {
    List<Topic> topics = new ArrayList<>();
    topics.add(theirs(TopicNames.IDENTITY, 0, "", READ));
    if (embedded()) {
      topics.add(theirs(TopicNames.status(peer), 1, "", READ, DESCRIBE_CONFIGS));
    } else {
      topics.add(theirs(TopicNames.status(peer), 1, ""));
    }
    for (ResourceConfig resource : config.resources()) {
      String key = resource.resource().toString();
      if (resource.from().contains(peer)) {
        String changes = TopicNames.changes(new Flow(resource.resource(), peer));
        topics.add(
            embedded()
                ? theirs(changes, resource.partitions(), key, READ, DESCRIBE_CONFIGS)
                : theirs(changes, resource.partitions(), key));
      }
      if (resource.capture()) {
        // Their mirror's and their agent's: looked at, if that is allowed.
        String ours = TopicNames.changes(new Flow(resource.resource(), here));
        topics.add(new Topic(ours, resource.partitions(), key, NONE, Set.of()));
      }
    }
    return topics;
  }

  private Topic mirrored(String name, int partitions, String key) {
    return embedded()
        ? own(name, partitions, key, settings.mirrored(), READ, WRITE)
        : own(name, partitions, key, settings.mirrored(), READ);
  }

  private static Topic own(
      String name,
      int partitions,
      String key,
      Map<String, String> settings,
      AclOperation... operations) {
    Set<AclOperation> all = EnumSet.of(CREATE, DESCRIBE, DESCRIBE_CONFIGS);
    all.addAll(List.of(operations));
    return new Topic(name, partitions, key, settings, all);
  }

  private static Topic theirs(String name, int partitions, String key, AclOperation... operations) {
    Set<AclOperation> all = EnumSet.of(DESCRIBE);
    all.addAll(List.of(operations));
    return new Topic(name, partitions, key, NONE, all);
  }

  private boolean embedded() {
    return config.mirror().mode() == MirrorConfig.Mode.EMBEDDED;
  }
}
