package io.replicator.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.replicator.fixture.KafkaBroker;
import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TopicsTest {
  private static final String FORTNIGHT = Long.toString(Duration.ofDays(14).toMillis());
  private static KafkaBroker broker;
  private static Admin admin;
  private static int topics;
  private final String topic = "replicator.us-east-1.sqs.q" + ++topics;
  private final Topics tested = new Topics(admin, 1, 1, Duration.ofDays(14));

  @BeforeAll
  static void startBroker() {
    broker = KafkaBroker.started();
    admin = new KafkaClients(Map.of("bootstrap.servers", broker.bootstrapServers()), "t").admin();
  }

  @AfterAll
  static void stopBroker() {
    admin.close(Duration.ofSeconds(1));
    broker.close();
  }

  /** Returns the settings that were made for a topic itself. */
  private static Map<String, String> settings(String topic) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    Map<String, String> settings = new TreeMap<>();
    admin.describeConfigs(List.of(resource)).all().get().get(resource).entries().stream()
        .filter(one -> one.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG)
        .forEach(one -> settings.put(one.name(), one.value()));
    return settings;
  }

  private void set(String name, String value) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    AlterConfigOp change =
        new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    admin.incrementalAlterConfigs(Map.of(resource, List.of(change))).all().get();
    // A broker tells new settings a moment after the controller has taken them.
    await().untilAsserted(() -> assertThat(settings(topic)).containsEntry(name, value));
  }

  private TopicDescription description() throws Exception {
    return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
  }

  @Test
  void aChangeTopicIsKeptAFortnightByArrivalAndHoldsTheLargestRecord() throws Exception {
    String id = tested.ensureMirrored(topic, 3, "the.key");
    assertThat(description().partitions()).hasSize(3);
    assertThat(description().topicId().toString()).isEqualTo(id);
    assertThat(settings(topic))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "cleanup.policy", "delete",
                "retention.ms", FORTNIGHT,
                "retention.bytes", "-1",
                "message.timestamp.type", "LogAppendTime",
                "min.insync.replicas", "1",
                "max.message.bytes", Integer.toString(KafkaClients.MAX_RECORD_BYTES)));
  }

  @Test
  void aSecondCallChangesNothing() throws Exception {
    String id = tested.ensureMirrored(topic, 3, "the.key");
    set("retention.ms", "-1");
    set("compression.type", "zstd");
    Map<String, String> before = settings(topic);
    assertThat(tested.ensureMirrored(topic, 3, "the.key")).isEqualTo(id);
    assertThat(settings(topic)).isEqualTo(before);
    assertThat(description().partitions()).hasSize(3);
  }

  @Test
  void anotherNumberOfPartitionsIsRefusedWithItsKey() throws Exception {
    tested.ensureMirrored(topic, 3, "the.key");
    assertThatThrownBy(() -> tested.ensureMirrored(topic, 6, "the.key"))
        .isInstanceOfSatisfying(
            ReplicationException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(ReplicationException.Kind.FATAL);
              assertThat(e.getMessage()).contains(topic).contains("3 partitions, not 6");
              assertThat(e.hint()).contains("set the.key to 3");
            });
    assertThat(description().partitions()).hasSize(3);
  }

  @Test
  void aForeignTopicGetsWhatItNeedsAndKeepsItsRaisedRetention() throws Exception {
    admin
        .createTopics(
            List.of(
                new NewTopic(topic, 3, (short) 1)
                    .configs(
                        Map.of(
                            "message.timestamp.type", "CreateTime",
                            "cleanup.policy", "compact",
                            "max.message.bytes", "4000",
                            "retention.ms", Long.toString(Duration.ofDays(90).toMillis())))))
        .all()
        .get();
    tested.ensureMirrored(topic, 3, "the.key");
    // As in set(): the broker tells them a moment later.
    await()
        .untilAsserted(
            () ->
                assertThat(settings(topic))
                    .containsEntry("message.timestamp.type", "LogAppendTime")
                    .containsEntry("cleanup.policy", "delete")
                    .containsEntry(
                        "max.message.bytes", Integer.toString(KafkaClients.MAX_RECORD_BYTES))
                    .containsEntry("retention.ms", Long.toString(Duration.ofDays(90).toMillis())));
  }

  @Test
  void moreReplicasThanBrokersAreRefusedWithAMend() {
    Topics three = new Topics(admin, 3, 2, Duration.ofDays(14));
    assertThatThrownBy(() -> three.ensureMirrored(topic, 3, "the.key"))
        .isInstanceOfSatisfying(
            ReplicationException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(ReplicationException.Kind.BLOCKED);
              assertThat(e.hint()).contains("topics.replication-factor");
            });
  }

  @Test
  void localTopicsKeepTheLastWordOrTheNewestBytesOrLettersWithTheirReasons() throws Exception {
    tested.ensureCompacted(topic + "-c");
    tested.ensureJournal(topic + "-j", 2, "");
    tested.ensureDeadLetters(topic + "-d");
    assertThat(settings(topic + "-c")).containsEntry("cleanup.policy", "compact");
    assertThat(settings(topic + "-j"))
        .containsEntry("cleanup.policy", "delete")
        .containsEntry("retention.ms", "-1")
        .containsEntry("retention.bytes", Integer.toString(64 << 20));
    int room = KafkaClients.MAX_RECORD_BYTES + KafkaClients.DEAD_LETTER_ROOM_BYTES;
    assertThat(settings(topic + "-d"))
        .containsEntry("cleanup.policy", "delete")
        .containsEntry("max.message.bytes", Integer.toString(room));
  }

  @Test
  void noTopicThatIsKeptByTimeLosesItsOldestForTheirBytes() throws Exception {
    tested.ensureDeadLetters(topic);
    assertThat(settings(topic))
        .containsEntry("retention.ms", FORTNIGHT)
        .containsEntry("retention.bytes", "-1");
    set("retention.bytes", "1000000");
    tested.ensureDeadLetters(topic);
    // As in set(): the broker tells it a moment later.
    await().untilAsserted(() -> assertThat(settings(topic)).containsEntry("retention.bytes", "-1"));
  }
}
