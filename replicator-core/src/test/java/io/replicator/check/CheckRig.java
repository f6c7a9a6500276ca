package io.replicator.check;

import static org.apache.kafka.common.acl.AclOperation.ALTER_CONFIGS;
import static org.apache.kafka.common.acl.AclOperation.CREATE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE_CONFIGS;
import static org.apache.kafka.common.acl.AclOperation.READ;
import static org.apache.kafka.common.acl.AclOperation.WRITE;
import static org.apache.kafka.common.resource.ResourceType.GROUP;
import static org.apache.kafka.common.resource.ResourceType.TOPIC;
import static org.apache.kafka.common.resource.ResourceType.TRANSACTIONAL_ID;

import io.replicator.config.AgentConfig;
import io.replicator.config.JmxConfig;
import io.replicator.config.KafkaConfig;
import io.replicator.config.MirrorConfig;
import io.replicator.config.PeerConfig;
import io.replicator.config.ResourceConfig;
import io.replicator.config.SettleConfig;
import io.replicator.config.StoreConfig;
import io.replicator.config.StoreDefinition;
import io.replicator.config.TopicConfig;
import io.replicator.fixture.FakeSource;
import io.replicator.fixture.FakeTarget;
import io.replicator.fixture.GuardedBroker;
import io.replicator.kafka.TopicNames;
import io.replicator.model.OnFailure;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.spi.Applier;
import io.replicator.spi.Capabilities;
import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import io.replicator.spi.Settings;
import io.replicator.spi.Store;
import io.replicator.spi.StoreResource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/** The configuration that the check tests look at: us-east-1 with its peer us-west-2. */
final class CheckRig {
  static final Region EAST = new Region("us-east-1");
  static final Region WEST = new Region("us-west-2");
  static final int PARTITIONS = 3;

  private CheckRig() {}

  /**
   * Returns a configuration with one resource that goes both ways: {@code sqs/<name>}, or {@code
   * s3/<name>} where it gives hints.
   */
  static AgentConfig config(
      Map<String, String> east, Map<String, String> west, String name, StoreResource endpoint) {
    SortedMap<Region, PeerConfig> peers = new TreeMap<>();
    peers.put(WEST, new PeerConfig(WEST, new KafkaConfig(west)));
    boolean settled = endpoint instanceof StoreResource.Door.Hints;
    String store = settled ? "s3" : "sqs";
    ResourceConfig resource =
        new ResourceConfig(
            new Resource(store, name),
            endpoint,
            PARTITIONS,
            OptionalLong.empty(),
            List.of(WEST),
            true,
            OnFailure.DEFAULT,
            settled ? Optional.of(new SettleConfig(1000, false)) : Optional.empty());
    return new AgentConfig(
        EAST,
        1,
        new KafkaConfig(east),
        peers,
        new TopicConfig(PARTITIONS, (short) 1, 1, Duration.ofDays(14)),
        JmxConfig.NONE,
        MirrorConfig.DEFAULT,
        List.of(new StoreConfig(store, new NoStore(), List.of(resource), StoreDefinition.NONE)));
  }

  /** The list that README.md gives. */
  static void allowWhatIsListed(GuardedBroker east, GuardedBroker west, String user) {
    east.allow(
        user, TOPIC, "replicator*", CREATE, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS, READ, WRITE);
    east.allow(user, GROUP, "replicator.*", READ);
    east.allow(user, TRANSACTIONAL_ID, "replicator.*", DESCRIBE, WRITE);
    east.allow(user, TOPIC, "mm2-*", CREATE, DESCRIBE, DESCRIBE_CONFIGS, READ, WRITE);
    east.allow(user, GROUP, WEST + "-mm2", READ);
    west.allow(user, TOPIC, "replicator." + WEST + ".*", READ, DESCRIBE_CONFIGS);
    west.allow(user, TOPIC, TopicNames.IDENTITY, READ);
  }

  /** Returns what is found of the Kafkas; clocks are looked at elsewhere. */
  static List<Finding> findings(AgentConfig config) {
    Report report = new Report();
    Plan plan = new Plan(config);
    List<Cluster> clusters = new ArrayList<>();
    clusters.add(Cluster.local(config));
    config.peers().values().forEach(peer -> clusters.add(Cluster.of(peer)));
    try {
      for (Cluster cluster : clusters) {
        List<Plan.Topic> topics = plan.topics(cluster);
        Survey survey = Survey.of(cluster, topics, (short) 1);
        new TopicCheck(cluster, 1, survey, report).run(topics);
        new AclCheck(cluster, survey, report).run(topics, plan.coordinated(cluster));
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return report.findings();
  }

  static List<Finding> errors(List<Finding> findings) {
    return findings.stream().filter(finding -> finding.level() == Level.ERROR).toList();
  }

  /** A resource that is captured from a source and applied to a target. */
  record Endpoint(FakeSource source, FakeTarget target) implements StoreResource {
    @Override
    public Capabilities capabilities() {
      return target.capabilities();
    }

    @Override
    public Door door() {
      return source;
    }

    @Override
    public Applier openApplier(Region origin) {
      return target.openApplier(origin);
    }

    @Override
    public List<Finding> check(Duration retention) {
      return List.of();
    }
  }

  /** A store of which only the resources matter. */
  private static final class NoStore implements Store {
    @Override
    public StoreResource configure(Resource resource, Settings settings) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }
}
