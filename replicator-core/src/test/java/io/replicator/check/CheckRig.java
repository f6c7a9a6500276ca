package io.replicator.check;

import io.replicator.config.AgentConfig;
import io.replicator.config.JmxConfig;
import io.replicator.config.KafkaConfig;
import io.replicator.config.MirrorConfig;
import io.replicator.config.PeerConfig;
import io.replicator.config.ResourceConfig;
import io.replicator.config.StoreConfig;
import io.replicator.config.StoreDefinition;
import io.replicator.config.TopicConfig;
import io.replicator.fixture.FakeSource;
import io.replicator.fixture.FakeTarget;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.spi.Applier;
import io.replicator.spi.Capabilities;
import io.replicator.spi.Finding;
import io.replicator.spi.Settings;
import io.replicator.spi.Store;
import io.replicator.spi.StoreResource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/** The configuration that the check tests look at: us-east-1 with its peer us-west-2. */
final class CheckRig {
  static final Region EAST = new Region("us-east-1");
  static final Region WEST = new Region("us-west-2");
  static final int PARTITIONS = 3;

  private CheckRig() {}

  /** Returns a configuration with one resource, {@code sqs/<name>}, that goes both ways. */
  static AgentConfig config(
      Map<String, String> east, Map<String, String> west, String name, StoreResource endpoint) {
    SortedMap<Region, PeerConfig> peers = new TreeMap<>();
    peers.put(WEST, new PeerConfig(WEST, new KafkaConfig(west)));
    ResourceConfig resource =
        new ResourceConfig(
            new Resource("sqs", name),
            endpoint,
            PARTITIONS,
            OptionalLong.empty(),
            List.of(WEST),
            true);
    return new AgentConfig(
        EAST,
        1,
        new KafkaConfig(east),
        peers,
        new TopicConfig(PARTITIONS, (short) 1, 1, Duration.ofDays(14)),
        JmxConfig.NONE,
        MirrorConfig.DEFAULT,
        List.of(new StoreConfig("sqs", new NoStore(), List.of(resource), StoreDefinition.NONE)));
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
    public List<Finding> check() {
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
