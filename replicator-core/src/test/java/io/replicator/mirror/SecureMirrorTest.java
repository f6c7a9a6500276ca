package io.replicator.mirror;

import static io.replicator.mirror.MirrorConfigs.EAST;
import static io.replicator.mirror.MirrorConfigs.WEST;
import static io.replicator.mirror.MirrorConfigs.embedded;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.config.AgentConfig;
import io.replicator.fixture.BrokerSecurity;
import io.replicator.fixture.Certificate;
import io.replicator.fixture.KafkaBroker;
import io.replicator.model.Clocks;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.spi.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The mirror between a Kafka that knows certificates and one that knows SCRAM users. */
class SecureMirrorTest {
  private static final String ORDERS = "replicator.us-west-2.sqs.orders";
  private static final List<String> LISTENER = List.of("PLAINTEXT"); // as the fixture calls it
  private static final String USER = "replicator";
  private static final String PASSWORD = "hunter2-scram";
  private static final String STORE_PASSWORD = "hunter2-store";
  private static final String SECRET = "hunter2";

  @TempDir private static Path folder;
  private static Certificate brokers;
  private static Certificate agent;
  private static KafkaBroker east;
  private static KafkaBroker west;

  @BeforeAll
  static void start() {
    brokers = Certificate.make(folder, "brokers", "changeit");
    agent = Certificate.make(folder, "agent", STORE_PASSWORD);
    east =
        KafkaBroker.started(
            BrokerSecurity.scram(LISTENER, brokers, USER, PASSWORD),
            List.of(BrokerSecurity.scramUser(USER, PASSWORD)));
    west = KafkaBroker.started(BrokerSecurity.mutualTls(LISTENER, brokers, agent));
  }

  @AfterAll
  static void stop() {
    west.close();
    east.close();
  }

  @Test
  void recordsCrossAndNoSecretIsWrittenIntoATopic() throws Exception {
    // What an operator may set for one client alone is as secret as the rest.
    Map<String, String> options =
        Map.of("us-east-1.producer.sasl.jaas.config", BrokerSecurity.jaas(USER, PASSWORD));
    try (KafkaSide there = new KafkaSide(westOptions());
        KafkaSide here = new KafkaSide(eastOptions(PASSWORD))) {
      there.createTopic(ORDERS, 3);
      try (Mirror mirror = mirror(eastOptions(PASSWORD), westOptions(), options)) {
        there.send(new ProducerRecord<>(ORDERS, "x".getBytes(UTF_8)));
        assertThat(here.read(ORDERS, 1, Duration.ofSeconds(40))).hasSize(1);
        assertThat(condition(mirror).state()).isEqualTo(FlowState.RUNNING);
      }
      StringBuilder written = new StringBuilder();
      for (String topic : here.topics()) {
        // At least the connector, its task and what commits them, where MirrorMaker keeps these.
        int least = topic.startsWith("mm2-configs.") ? 3 : 0;
        for (ConsumerRecord<byte[], byte[]> line :
            here.read(topic, least, Duration.ofSeconds(20))) {
          written.append(text(line.key())).append(text(line.value())).append('\n');
        }
      }
      assertThat(written.toString())
          .contains("connector-MirrorSourceConnector", "task-MirrorSourceConnector-0")
          .contains("${replicator:us-west-2->us-east-1:us-west-2.ssl.keystore.password}")
          .doesNotContain(SECRET);
    }
  }

  @Test
  void wrongCredentialsForThePeerAreNamedByKey() {
    Certificate stranger = Certificate.make(folder, "stranger", STORE_PASSWORD);
    Map<String, String> wrong = new HashMap<>(westOptions());
    wrong.putAll(stranger.keystoreOptions());
    assertThat(blocked(eastOptions(PASSWORD), wrong))
        .contains("us-west-2", "TLS handshake", "peers.us-west-2.kafka.ssl.keystore");
  }

  @Test
  void aTruststoreThatDoesNotKnowThePeerIsNamedByKey() {
    Certificate stranger = Certificate.make(folder, "unknown", "changeit");
    Map<String, String> wrong = new HashMap<>(westOptions());
    wrong.put("ssl.truststore.location", pemFile("unknown", stranger).toString());
    assertThat(blocked(eastOptions(PASSWORD), wrong))
        .contains("us-west-2", "TLS handshake", "peers.us-west-2.kafka.ssl.truststore");
  }

  @Test
  void aKeyStoreThatDoesNotOpenIsNamedByKey() {
    Map<String, String> wrong = new HashMap<>(westOptions());
    wrong.put("ssl.keystore.password", "hunter2-wrong");
    assertThat(blocked(eastOptions(PASSWORD), wrong))
        .contains("password was incorrect", "peers.us-west-2.kafka.ssl.keystore");
  }

  @Test
  void aWrongPasswordForTheLocalKafkaIsNamedByKey() {
    assertThat(blocked(eastOptions("hunter2-wrong"), westOptions()))
        .contains("the local Kafka", "authentication failed", " kafka.sasl.jaas.config");
  }

  private static String blocked(Map<String, String> here, Map<String, String> there) {
    try (Mirror mirror = mirror(here, there, Map.of())) {
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> condition(mirror).state() == FlowState.BLOCKED);
      String said = condition(mirror).reason() + "; " + condition(mirror).hint();
      assertThat(said).doesNotContain(SECRET);
      return said;
    }
  }

  private static Mirror mirror(
      Map<String, String> here, Map<String, String> there, Map<String, String> options) {
    AgentConfig config = MirrorConfigs.east(here, Map.of(WEST, there), 1, embedded(options));
    assertThat(config.region()).isEqualTo(EAST);
    return new Mirror(config, MirrorPace.DEFAULT, Clocks.system());
  }

  private static Condition condition(Mirror mirror) {
    return mirror.status().get(WEST).condition();
  }

  private static Map<String, String> eastOptions(String password) {
    Map<String, String> options =
        new HashMap<>(BrokerSecurity.scramClient(brokers, USER, password));
    options.put("bootstrap.servers", east.bootstrapServers());
    assertThat(options.keySet()).anyMatch(Settings::isSecret);
    return options;
  }

  private static Map<String, String> westOptions() {
    Map<String, String> options = new HashMap<>(BrokerSecurity.tlsClient(brokers, agent));
    options.put("bootstrap.servers", west.bootstrapServers());
    options.remove("ssl.truststore.certificates");
    options.put("ssl.truststore.location", pemFile("brokers", brokers).toString());
    return options;
  }

  private static Path pemFile(String name, Certificate certificate) {
    try {
      return Files.writeString(folder.resolve(name + ".pem"), certificate.pem());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(byte[] bytes) {
    return bytes == null ? "" : new String(bytes, UTF_8);
  }
}
