package io.replicator.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.config.AgentConfig;
import io.replicator.config.JmxConfig;
import io.replicator.config.KafkaConfig;
import io.replicator.config.MirrorConfig;
import io.replicator.config.PeerConfig;
import io.replicator.config.TopicConfig;
import io.replicator.fixture.KafkaBroker;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.kafka.Topics;
import io.replicator.mirror.MirrorCheck;
import io.replicator.model.Region;
import io.replicator.spi.Finding;
import io.replicator.timer.Timer;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MirrorProcessTest {
  private static final Region EAST = new Region("us-east-1");
  private static final Region WEST = new Region("us-west-2");
  private static final String ORDERS = "replicator.us-west-2.sqs.orders";
  private static final int PARTITIONS = 4;
  private static final Duration RETENTION = Duration.ofDays(9);
  private static KafkaBroker east;
  private static KafkaBroker west;

  @BeforeAll
  static void startBrokers() {
    east = KafkaBroker.started();
    west = KafkaBroker.started();
  }

  @AfterAll
  static void stopBrokers() {
    east.close();
    west.close();
  }

  /** An agent in the west, as far as the mirror sees one: its topics, and its heartbeats. */
  private static final class WesternAgent implements AutoCloseable {
    final Timer timer = new Timer(1);
    final Producer<byte[], byte[]> producer = kafka(west).producer("agent");

    WesternAgent() {
      try (Admin admin = kafka(west).admin()) {
        Topics topics = new Topics(admin, 1, 1, RETENTION);
        topics.ensureMirrored(TopicNames.status(WEST), 1, "");
        topics.ensureMirrored(ORDERS, PARTITIONS, "");
      }
      timer.every(Duration.ofMillis(500), this::beat);
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    private void beat() {
      String status =
          "{\"format\": 1, \"region\": \"us-west-2\", \"agent\": \"a\", \"sentMillis\": "
              + Instant.now().toEpochMilli()
              + "}";
      producer.send(new ProducerRecord<>(TopicNames.status(WEST), 0, null, status.getBytes(UTF_8)));
    }

    @Override
    public void close() {
      timer.close();
      producer.close(Duration.ofSeconds(1));
    }
  }

  @Test
  void aMirrorWithoutStoresBeforeAnyAgentMakesTopicsAsTheirOriginalsAreAndShowsItself()
      throws Exception {
    MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    ObjectName process = new ObjectName("replicator:type=MirrorProcess");
    ObjectName mirror = new ObjectName("replicator:type=Mirror,source=us-west-2");
    List<Finding> without = new ArrayList<>();
    List<Finding> with = new ArrayList<>();
    try (WesternAgent agent = new WesternAgent()) {
      agent.producer.send(new ProducerRecord<>(ORDERS, 2, null, new byte[] {1})).get();
      MirrorCheck.run(config(), without::add);
      try (MirrorProcess running = MirrorProcess.start(config())) {
        assertThat(running).isNotNull();
        await().atMost(Duration.ofSeconds(40)).until(() -> written(2) == 1);
        assertThat(beans.getAttribute(process, "State")).isEqualTo("RUNNING");
        assertThat(beans.getAttribute(process, "Region")).isEqualTo("us-east-1");
        await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> (long) beans.getAttribute(mirror, "HeartbeatAgeMillis") >= 0);
        assertThat(beans.getAttribute(mirror, "State")).isEqualTo("RUNNING");
        MirrorCheck.run(config(), with::add);
      }
    }
    assertThat(beans.queryNames(new ObjectName("replicator:*"), null)).isEmpty();

    Config created = config(ORDERS);
    assertThat(created.get("message.timestamp.type").value()).isEqualTo("LogAppendTime");
    assertThat(created.get("retention.ms").value()).isEqualTo("" + RETENTION.toMillis());
    assertThat(created.get("max.message.bytes").value())
        .isEqualTo("" + KafkaClients.MAX_RECORD_BYTES);
    try (Admin admin = kafka(east).admin()) {
      // As the first agent will: it would refuse another number of partitions.
      new Topics(admin, 1, 1, RETENTION).ensureMirrored(ORDERS, PARTITIONS, "");
    }

    assertThat(last(without).level()).isEqualTo(Finding.Level.ERROR);
    assertThat(last(without).detail()).contains("us-west-2", "brings none");
    assertThat(last(without).mend()).contains("replicator mirror", "replicator check");
    assertThat(last(with).level()).isEqualTo(Finding.Level.OK);
    assertThat(last(with).detail()).isEqualTo("heartbeats arrive");
    assertThat(with.get(0).detail())
        .contains(
            "us-west-2->us-east-1.topics = replicator\\\\.us-west-2\\\\..*\n",
            "us-west-2->us-east-1.topics.exclude = __.*\n",
            "sync.topic.configs.enabled = false\n",
            "us-east-1.producer.max.request.size = 4194304\n",
            "topicsPattern: 'replicator\\.us-west-2\\..*'\n",
            "        source.consumer.isolation.level: read_committed\n",
            "        producer.override.max.request.size: 4194304\n")
        .contains("IdentityReplicationPolicy")
        .doesNotContain("bootstrap", "hunter2");
  }

  private static Finding last(List<Finding> findings) {
    return findings.get(findings.size() - 1);
  }

  private static long written(int partition) throws ExecutionException, InterruptedException {
    TopicPartition one = new TopicPartition(ORDERS, partition);
    try (Admin admin = kafka(east).admin()) {
      if (!admin.listTopics().names().get().contains(ORDERS)) {
        return 0;
      }
      return admin
          .listOffsets(Map.of(one, org.apache.kafka.clients.admin.OffsetSpec.latest()))
          .partitionResult(one)
          .get()
          .offset();
    }
  }

  private static Config config(String topic) throws ExecutionException, InterruptedException {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    try (Admin admin = kafka(east).admin()) {
      return admin.describeConfigs(List.of(resource)).all().get().get(resource);
    }
  }

  private static AgentConfig config() {
    Map<String, String> there =
        Map.of("bootstrap.servers", west.bootstrapServers(), "ssl.key.password", "hunter2");
    return new AgentConfig(
        EAST,
        1,
        new KafkaConfig(Map.of("bootstrap.servers", east.bootstrapServers())),
        new TreeMap<>(Map.of(WEST, new PeerConfig(WEST, new KafkaConfig(there)))),
        new TopicConfig(6, (short) 1, 1, Duration.ofDays(14)),
        JmxConfig.NONE,
        new MirrorConfig(MirrorConfig.Mode.EXTERNAL, Map.of()),
        List.of());
  }

  private static KafkaClients kafka(KafkaBroker broker) {
    return new KafkaClients(Map.of("bootstrap.servers", broker.bootstrapServers()), "test");
  }
}
