package io.replicator.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.replicator.fixture.KafkaBroker;
import io.replicator.fixture.SilentServer;
import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class IdentityTest {
  private static final Region EAST = new Region("us-east-1");
  private static final Duration SECOND = Duration.ofSeconds(1);

  @Test
  @Timeout(10)
  void aLookAtAClusterThatDoesNotAnswerEndsInTime() throws Exception {
    try (SilentServer silent = new SilentServer()) {
      assertThatThrownBy(() -> Identity.read(at(silent.address()), SECOND))
          .isInstanceOf(TimeoutException.class);
    }
  }

  @Test
  @Timeout(10)
  void aLookWhoseLinkIsLostAfterTheOffsetsAreKnownEndsInTime() {
    TopicPartition place = new TopicPartition(TopicNames.IDENTITY, 0);
    try (MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none")) {
      Node node = new Node(1, "127.0.0.1", 1);
      Node[] nodes = {node};
      consumer.updatePartitions(
          place.topic(), List.of(new PartitionInfo(place.topic(), 0, node, nodes, nodes)));
      consumer.updateBeginningOffsets(Map.of(place, 0L));
      consumer.updateEndOffsets(Map.of(place, 1L));
      assertThatThrownBy(() -> Identity.read(consumer, SECOND))
          .isInstanceOf(TimeoutException.class)
          .hasMessageContaining(TopicNames.IDENTITY);
    }
  }

  @Test
  void aClaimThatIsNotAcknowledgedIsBlockedWithAHintAndCanBeMadeLater() throws Exception {
    try (KafkaBroker broker = KafkaBroker.started();
        Admin admin = at(broker.bootstrapServers()).admin()) {
      KafkaClients kafka = at(broker.bootstrapServers());
      new Topics(admin, (short) 1, 1, Duration.ofDays(14))
          .ensureJournal(TopicNames.IDENTITY, 1, "");
      ByteArraySerializer bytes = new ByteArraySerializer();
      try (Producer<byte[], byte[]> unheard = new MockProducer<>(false, null, bytes, bytes)) {
        ReplicationException blocked =
            catchThrowableOfType(
                ReplicationException.class, () -> Identity.claim(kafka, unheard, EAST, SECOND));
        assertThat(blocked.kind()).isEqualTo(ReplicationException.Kind.BLOCKED);
        assertThat(blocked).hasMessageContaining("within 1 s");
        assertThat(blocked.hint()).contains("min-insync-replicas");
      }
      try (Producer<byte[], byte[]> producer = kafka.producer("test")) {
        Identity.claim(kafka, producer, EAST, Identity.LIMIT);
        assertThat(Identity.read(kafka, Identity.LIMIT)).contains(EAST);
        ReplicationException refused =
            catchThrowableOfType(
                ReplicationException.class,
                () -> Identity.claim(kafka, producer, new Region("us-west-2"), Identity.LIMIT));
        assertThat(refused.kind()).isEqualTo(ReplicationException.Kind.FATAL);
      }
    }
  }

  private static KafkaClients at(String servers) {
    return new KafkaClients(Map.of("bootstrap.servers", servers), "test");
  }
}
