package io.replicator.mirror;

import static io.replicator.mirror.MirrorConfigs.EAST;
import static io.replicator.mirror.MirrorConfigs.WEST;
import static io.replicator.mirror.MirrorConfigs.at;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.config.AgentConfig;
import io.replicator.config.MirrorConfig;
import io.replicator.fixture.KafkaBroker;
import io.replicator.model.Clocks;
import io.replicator.model.Condition;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A mirror rig is a mirror from one broker to another, both new for each test. */
abstract class MirrorRig {
  static final String ORDERS = "replicator.us-west-2.sqs.orders";
  static final String STATUS = "replicator.us-west-2.status";

  /** As in production, but less patient. */
  static final MirrorPace PACE =
      new MirrorPace(
          Duration.ofMillis(200),
          Duration.ofSeconds(4),
          Duration.ofMillis(500),
          Duration.ofMillis(200),
          Duration.ofSeconds(2),
          Duration.ofSeconds(60),
          Duration.ofSeconds(20));

  KafkaBroker east;
  KafkaBroker west;

  @BeforeEach
  void startBrokers() {
    east = KafkaBroker.started();
    west = KafkaBroker.started();
  }

  @AfterEach
  void stopBrokers() {
    west.close();
    east.close();
  }

  Mirror mirror(MirrorConfig mirror) {
    AgentConfig config =
        MirrorConfigs.east(
            at(east.bootstrapServers()), Map.of(WEST, at(west.bootstrapServers())), 1, mirror);
    assertThat(config.region()).isEqualTo(EAST);
    return new Mirror(config, PACE, Clocks.system());
  }

  void send(int from, int to) throws Exception {
    try (KafkaSide there = new KafkaSide(west)) {
      if (!there.topics().contains(ORDERS)) {
        there.createTopic(ORDERS, 3);
      }
      for (int i = from; i < to; i++) {
        there.send(record(i % 3, "k", Integer.toString(i)));
      }
    }
  }

  static Condition condition(Mirror mirror) {
    return mirror.status().get(WEST).condition();
  }

  static ProducerRecord<byte[], byte[]> record(int partition, String key, String value) {
    return new ProducerRecord<>(
        ORDERS, partition, key == null ? null : bytes(key), value == null ? null : bytes(value));
  }

  static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
