package io.replicator.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.replicator.config.AgentConfig;
import io.replicator.config.JmxConfig;
import io.replicator.config.KafkaConfig;
import io.replicator.config.MirrorConfig;
import io.replicator.config.PeerConfig;
import io.replicator.config.TopicConfig;
import io.replicator.fixture.KafkaBroker;
import io.replicator.fixture.SilentServer;
import io.replicator.kafka.Identity;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.kafka.Topics;
import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.junit.jupiter.api.Test;

class PeersTest {
  private static final Region EAST = new Region("us-east-1");
  private static final Region WEST = new Region("us-west-2");
  private static final Region SOUTH = new Region("sa-east-1");
  private static final Region EUROPE = new Region("eu-west-1");

  @Test
  void lostPeersDelayAStartByNoMoreThanOneLimit() throws Exception {
    try (SilentServer silent = new SilentServer()) {
      String lost = silent.address();
      Instant begin = Instant.now();
      peers(Map.of(WEST, lost, SOUTH, "127.0.0.1:1", EUROPE, lost))
          .recognise(Duration.ofSeconds(1));
      assertThat(Duration.between(begin, Instant.now())).isLessThan(Duration.ofSeconds(2));
    }
  }

  @Test
  void aPeerThatIsAnotherRegionIsRefusedThoughAnotherIsLost() throws Exception {
    try (SilentServer silent = new SilentServer();
        KafkaBroker broker = KafkaBroker.started()) {
      belongs(broker, SOUTH);
      Peers peers = peers(Map.of(EUROPE, silent.address(), WEST, broker.bootstrapServers()));
      ReplicationException refused =
          catchThrowableOfType(
              ReplicationException.class, () -> peers.recognise(Duration.ofSeconds(5)));
      assertThat(refused.kind()).isEqualTo(ReplicationException.Kind.FATAL);
      assertThat(refused)
          .hasMessageContainingAll(
              "peers.us-west-2.kafka.bootstrap.servers", broker.bootstrapServers(), "sa-east-1");
    }
  }

  private static Peers peers(Map<Region, String> servers) {
    SortedMap<Region, PeerConfig> peers = new TreeMap<>();
    servers.forEach((peer, address) -> peers.put(peer, new PeerConfig(peer, at(address))));
    AgentConfig config =
        new AgentConfig(
            EAST,
            1,
            at("127.0.0.1:1"),
            peers,
            TopicConfig.DEFAULT,
            JmxConfig.NONE,
            MirrorConfig.DEFAULT,
            List.of());
    return new Peers(config, "test");
  }

  private static void belongs(KafkaBroker broker, Region region) {
    KafkaClients kafka = new KafkaClients(at(broker.bootstrapServers()).options(), "test");
    try (Admin admin = kafka.admin();
        Producer<byte[], byte[]> producer = kafka.producer("test")) {
      new Topics(admin, (short) 1, 1, Duration.ofDays(14))
          .ensureJournal(TopicNames.IDENTITY, 1, "");
      Identity.claim(kafka, producer, region, Identity.LIMIT);
    }
  }

  private static KafkaConfig at(String servers) {
    return new KafkaConfig(Map.of("bootstrap.servers", servers));
  }
}
