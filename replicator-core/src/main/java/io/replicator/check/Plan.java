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
 * with it there, the groups and the transactional ids.
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

  /**
   * What an agent asks the coordinators of a Kafka for.
   *
   * @param groups that it is a member of
   * @param transactionalIds how those begin under which it writes
   * @param feeds how the groups begin that read a resource's notifications, if its store sends them
   *     to a topic: which one only the store knows
   */
  record Coordinated(List<String> groups, List<String> transactionalIds, List<String> feeds) {
    static final Coordinated NOTHING = new Coordinated(List.of(), List.of(), List.of());
  }

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

  /** Returns what the agent is to the coordinators of a cluster: nothing to those of a peer. */
  Coordinated coordinated(Cluster cluster) {
    if (!cluster.local()) {
      return Coordinated.NOTHING;
    }
    List<String> groups = new ArrayList<>();
    List<String> transactionalIds = new ArrayList<>();
    List<String> feeds = new ArrayList<>();
    for (ResourceConfig resource : config.resources()) {
      if (resource.settle().isPresent()) {
        String group = TopicNames.settleGroup(here, resource.resource());
        groups.add(group);
        transactionalIds.add(group + ".");
        if (resource.capture()) {
          feeds.add(TopicNames.feedGroup(here, resource.resource()) + ".");
        }
        continue;
      }
      for (Region origin : resource.from()) {
        groups.add(TopicNames.applyGroup(here, new Flow(resource.resource(), origin)));
      }
    }
    if (embedded()) {
      // MirrorMaker calls the group of its workers so.
      config.peers().keySet().forEach(peer -> groups.add(peer + "-mm2"));
    }
    return new Coordinated(groups, transactionalIds, feeds);
  }

  /** Tells whether the members of a group must be given the same partitions of all its topics. */
  boolean copartitions() {
    return config.resources().stream().anyMatch(resource -> resource.settle().isPresent());
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
    if (copartitions()) {
      topics.add(own(TopicNames.conflicts(here), 1, "", settings.deadLetters(), WRITE));
    }
    for (ResourceConfig resource : config.resources()) {
      String key =
          "stores."
              + resource.resource().store()
              + ".resources."
              + resource.resource().name()
              + ".partitions";
      if (resource.settle().isPresent()) {
        settled(topics, resource, key);
      } else {
        logged(topics, resource, key);
      }
      for (Region origin : resource.from()) {
        if (!origin.equals(here)) {
          String changes = TopicNames.changes(new Flow(resource.resource(), origin));
          topics.add(mirrored(changes, resource.partitions(), key));
        }
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

  /** Adds what a resource has that is captured and applied. */
  private void logged(List<Topic> topics, ResourceConfig resource, String key) {
    Set<AclOperation> operations = EnumSet.noneOf(AclOperation.class);
    if (resource.capture()) {
      operations.add(WRITE);
    }
    if (resource.from().contains(here)) {
      operations.add(READ);
    }
    topics.add(changes(resource, key, operations));
    for (Region origin : resource.from()) {
      Flow flow = new Flow(resource.resource(), origin);
      int partitions = resource.partitions();
      String applied = TopicNames.applied(here, flow);
      topics.add(own(applied, partitions, key, settings.journal(), READ, WRITE));
      String parking = TopicNames.parking(here, flow);
      topics.add(own(parking, partitions, key, settings.parking(), READ, WRITE));
    }
  }

  /** Adds what a resource has that is settled: its hints are read, its changes only written. */
  private void settled(List<Topic> topics, ResourceConfig resource, String key) {
    int partitions = resource.partitions();
    String hints = TopicNames.hints(here, resource.resource());
    topics.add(
        resource.capture()
            ? own(hints, partitions, key, settings.mirrored(), READ, WRITE)
            : own(hints, partitions, key, settings.mirrored()));
    topics.add(changes(resource, key, resource.capture() ? Set.of(WRITE) : Set.<AclOperation>of()));
    topics.add(
        own(
            TopicNames.ledger(here, resource.resource()),
            partitions,
            key,
            settings.ledger(resource.endpoint().capabilities().onlyLists()),
            READ,
            WRITE));
    for (Flow flow : resource.inflows(here)) {
      topics.add(
          own(TopicNames.parking(here, flow), partitions, key, settings.parking(), READ, WRITE));
    }
  }

  private Topic changes(ResourceConfig resource, String key, Set<AclOperation> operations) {
    return own(
        TopicNames.changes(new Flow(resource.resource(), here)),
        resource.partitions(),
        key,
        settings.mirrored(),
        operations.toArray(AclOperation[]::new));
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
