package io.replicator.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicator.fixture.KafkaBroker;
import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ClaimTest {
  private static final Region EAST = new Region("us-east-1");
  private static final Region WEST = new Region("us-west-2");
  private static KafkaBroker broker;
  private static KafkaClients kafka;
  private final Producer<byte[], byte[]> producer = kafka.producer("identity");
  private final Admin admin = kafka.admin();

  @BeforeAll
  static void startBroker() {
    broker = KafkaBroker.started();
    kafka = new KafkaClients(Map.of("bootstrap.servers", broker.bootstrapServers()), "test");
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @AfterEach
  void close() throws Exception {
    producer.close(Duration.ofSeconds(1));
    admin.deleteTopics(List.of(TopicNames.IDENTITY)).all().get();
    admin.close(Duration.ofSeconds(1));
  }

  private void create() {
    new Topics(admin, 1, 1, Duration.ofDays(14)).ensureJournal(TopicNames.IDENTITY, 1, "");
  }

  private void claim(Region region) {
    Identity.claim(kafka, producer, region, Identity.LIMIT);
  }

  private static void assertRefused(ReplicationException refusal) {
    assertThat(refusal.kind()).isEqualTo(ReplicationException.Kind.FATAL);
    assertThat(refusal.getMessage())
        .contains("kafka.bootstrap.servers")
        .contains(broker.bootstrapServers())
        .contains("of region us-east-1")
        .contains("not of us-west-2");
    assertThat(refusal.hint()).contains("kafka.bootstrap.servers").contains(TopicNames.IDENTITY);
  }

  @Test
  void theFirstAgentClaimsTheClusterForItsRegionAndTheNextOfItIsWelcome() {
    assertThat(Identity.read(kafka, Identity.LIMIT)).isEmpty();
    create();
    assertThat(Identity.read(kafka, Identity.LIMIT)).isEmpty();
    claim(EAST);
    assertThat(Identity.read(kafka, Identity.LIMIT)).contains(EAST);
    claim(EAST);
    assertThat(Identity.read(kafka, Identity.LIMIT)).contains(EAST);
  }

  @Test
  void anAgentOfAnotherRegionIsRefusedWithTheKeyAndBothRegionsNamed() {
    create();
    claim(EAST);
    assertThatThrownBy(() -> claim(WEST))
        .isInstanceOfSatisfying(ReplicationException.class, ClaimTest::assertRefused);
    assertThat(Identity.read(kafka, Identity.LIMIT)).contains(EAST);
  }

  @Test
  void ofTwoClaimsMadeAtOnceTheFirstStays() throws Exception {
    create();
    claim(EAST);
    byte[] key = "region".getBytes(UTF_8);
    producer.send(new ProducerRecord<>(TopicNames.IDENTITY, 0, key, bytes(WEST))).get();
    assertThat(Identity.read(kafka, Identity.LIMIT)).contains(EAST);
    assertThatThrownBy(() -> claim(WEST)).isInstanceOf(ReplicationException.class);
  }

  private static byte[] bytes(Region region) {
    return region.name().getBytes(UTF_8);
  }
}
