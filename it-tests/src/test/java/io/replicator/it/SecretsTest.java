package io.replicator.it;

import static io.replicator.it.SecureKafka.SECRET;
import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.deploy.process.ServerProcess;
import io.replicator.deploy.sandbox.SandboxRegion;
import io.replicator.deploy.status.AgentStatus;
import io.replicator.deploy.status.Bean;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.RuntimeMBeanException;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Both Kafkas take only users by SCRAM over TLS; what opens them shows nowhere. */
@ProcessesOnly("the brokers' key stores are files of this machine")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SecretsTest {
  @TempDir private static Path folder;
  private static SecureKafka secure;
  private static TwoRegions regions;

  @BeforeAll
  static void start() {
    secure = new SecureKafka(folder, List.of(EAST, WEST));
    Path everything = folder.resolve("log4j2-debug.xml");
    SecureKafka.write(
        everything,
        """
        <Configuration status="WARN">
          <Appenders>
            <Console name="all" target="SYSTEM_ERR"><PatternLayout pattern="%level %c %m%n%ex"/></Console>
          </Appenders>
          <Loggers><Root level="debug"><AppenderRef ref="all"/></Root></Loggers>
        </Configuration>
        """);
    regions =
        TwoRegions.started(
            TwoRegions.layout(EAST, WEST),
            region -> {
              secure.secure(region, region.name().equals(EAST) ? WEST : EAST);
              if (region.name().equals(WEST)) {
                // All that all libraries have to say.
                region
                    .agent()
                    .process()
                    .setVariable(
                        "JAVA_TOOL_OPTIONS",
                        TwoRegions.QUICK_START + " -Dlog4j2.configurationFile=" + everything);
              }
            });
  }

  @AfterAll
  static void stop() {
    regions.close();
  }

  @Test
  @Order(1)
  void messagesCrossInBothDirectionsThroughKafkasThatWantTlsAndAPassword() {
    for (String from : List.of(EAST, WEST)) {
      List<Letter> letters = Letter.mixed("secure-" + from, 50, new Random(1));
      regions.queues(from).send("orders-replication", letters);
      try (Postbox there = new Postbox(regions.queues(other(from)), "orders", 1)) {
        there.awaitAll(letters);
        assertThat(there.faults()).isEmpty();
        assertThat(there.repeated()).isZero();
      }
    }
  }

  @Test
  @Order(2)
  void noSecretStandsInAnyTopic() throws Exception {
    for (String name : List.of(EAST, WEST)) {
      Map<String, Object> options = secure.client(regions.region(name));
      List<TopicPartition> all = new ArrayList<>();
      try (Admin admin = Admin.create(options)) {
        Set<String> topics = admin.listTopics().names().get();
        assertThat(topics).contains("mm2-configs." + other(name) + ".internal");
        admin
            .describeTopics(topics)
            .allTopicNames()
            .get()
            .forEach(
                (topic, description) ->
                    description
                        .partitions()
                        .forEach(part -> all.add(new TopicPartition(topic, part.partition()))));
      }
      assertThat(written(options, all))
          .contains("task-MirrorSourceConnector-0", "${replicator:")
          .doesNotContain(SECRET);
    }
  }

  @Test
  @Order(3)
  void noSecretShowsInStatusCheckOrBeansOrOnACommandLine() throws Exception {
    for (String name : List.of(EAST, WEST)) {
      SandboxRegion region = regions.region(name);
      String url = region.agent().jmxUrl();
      Command check =
          Command.run(
              folder,
              Map.of(SecureKafka.PEER_PASSWORD, SecureKafka.password(other(name))),
              "check",
              "--config",
              region.agent().configuration().toString());
      assertThat(check.output()).contains("0 errors").doesNotContain(SECRET);
      for (List<String> words :
          List.of(List.of("status", "--jmx", url), List.of("status", "--json", "--jmx", url))) {
        Command status = Command.run(folder, Map.of(), words.toArray(String[]::new));
        assertThat(status.code()).isZero();
        assertThat(status.output()).contains("orders").doesNotContain(SECRET);
      }
      assertThat(beans(url)).contains("replicator:", "kafka.").doesNotContain(SECRET);
      if (Files.isDirectory(Path.of("/proc/self"))) {
        assertThat(commandLine(region.agent().process())).contains("agent").doesNotContain(SECRET);
      }
    }
  }

  @Test
  @Order(4)
  void checkNamesTheKeyThatDoesNotOpenAKafka() throws Exception {
    SandboxRegion east = regions.region(EAST);
    String config = SecureKafka.read(east.agent().configuration());
    Path passwords = secure.passwordFile(EAST);
    Path wrong = folder.resolve("wrong.password");
    SecureKafka.write(wrong, SECRET + "-wrong");

    assertThat(check(config.replace(passwords.toString(), wrong.toString()), "right"))
        .contains("authentication failed", " kafka.sasl.jaas.config");
    assertThat(check(config.replace("\"" + SecureKafka.USER, "\"nobody"), "right"))
        .contains("authentication failed", " kafka.sasl.jaas.config", "create the user");
    assertThat(check(config.replace(EAST + ".jks", WEST + ".jks"), "right"))
        .contains("TLS handshake", " kafka.ssl.truststore");
    Path opens = folder.resolve("truststore.password");
    assertThat(check(config.replace(opens.toString(), wrong.toString()), "right"))
        .contains(EAST + ".jks", "password was incorrect", " kafka.ssl.truststore");
    assertThat(check(config, "wrong"))
        .contains("authentication failed", " peers.us-west-2.kafka.sasl.jaas.config");
  }

  @Test
  @Order(5)
  void withAWrongPasswordTheAgentIsBlockedAndWithTheNewOneItGoesOnAfterARestart() throws Exception {
    SandboxRegion east = regions.region(EAST);
    ServerProcess agent = east.agent().process();
    agent.stop();
    SecureKafka.write(secure.passwordFile(EAST), SECRET + "-of-yesterday");
    agent.start();
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              Bean bean = regions.agent(EAST).orElseThrow(AssertionError::new);
              assertThat(bean.text("State")).isEqualTo("BLOCKED");
              assertThat(bean.text("Reason")).contains("authentication failed");
              assertThat(bean.text("Hint")).contains(" kafka.sasl.jaas.config");
            });
    agent.stop();

    // The right one for its own Kafka, a wrong one for the peer's.
    SecureKafka.write(secure.passwordFile(EAST), SecureKafka.password(EAST));
    agent.setVariable(SecureKafka.PEER_PASSWORD, SECRET + "-wrong");
    agent.start();
    agent.awaitReady(Duration.ofSeconds(60));
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              Bean mirror = mirror(EAST);
              assertThat(mirror.text("State")).isEqualTo("BLOCKED");
              assertThat(mirror.text("Reason")).contains(WEST, "authentication failed");
              assertThat(mirror.text("Hint"))
                  .contains(" peers.us-west-2.kafka.sasl.jaas.config")
                  .doesNotContain(SECRET);
            });
    agent.stop();

    agent.setVariable(SecureKafka.PEER_PASSWORD, SecureKafka.password(WEST));
    agent.start();
    agent.awaitReady(Duration.ofSeconds(60));
    List<Letter> letters = Letter.mixed("again", 20, new Random(2));
    regions.queues(WEST).send("orders-replication", letters);
    try (Postbox there = new Postbox(regions.queues(EAST), "orders", 1)) {
      there.awaitAll(letters);
    }
  }

  @Test
  @Order(6)
  void noSecretStandsInAnyLog() throws Exception {
    for (String name : List.of(EAST, WEST)) {
      ServerProcess agent = regions.region(name).agent().process();
      agent.stop(); // what is said at the end counts, too
      assertThat(lines(agent.log(), SECRET)).isEmpty();
      assertThat(lines(agent.log(), "mirror from " + other(name) + " started")).isNotEmpty();
      if (name.equals(WEST)) {
        assertThat(lines(agent.log(), "DEBUG org.apache.kafka.connect")).isNotEmpty();
        assertThat(lines(agent.log(), "sasl.jaas.config = [hidden]")).isNotEmpty();
      }
    }
  }

  private static String check(String config, String peer) throws Exception {
    Path file = folder.resolve("check.yaml");
    SecureKafka.write(file, config);
    String password = peer.equals("right") ? SecureKafka.password(WEST) : SECRET + "-" + peer;
    Command check =
        Command.run(
            folder,
            Map.of(SecureKafka.PEER_PASSWORD, password),
            "check",
            "--config",
            file.toString());
    assertThat(check.code()).isEqualTo(1);
    assertThat(check.output()).doesNotContain(SECRET);
    return check.output();
  }

  private static Bean mirror(String region) {
    return regions.status(region) instanceof AgentStatus.Answered answered
            && !answered.mirrors().isEmpty()
        ? answered.mirrors().get(0)
        : org.junit.jupiter.api.Assertions.fail("no mirror bean yet");
  }

  private static String written(Map<String, Object> options, List<TopicPartition> partitions) {
    StringBuilder written = new StringBuilder();
    var bytes = new ByteArrayDeserializer();
    try (var consumer = new KafkaConsumer<>(options, bytes, bytes)) {
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(at -> consumer.position(at) < ends.get(at))) {
        consumer
            .poll(Duration.ofMillis(200))
            .forEach(
                line -> {
                  written.append(text(line.key())).append(text(line.value())).append('\n');
                  line.headers().forEach(header -> written.append(text(header.value())));
                });
      }
    }
    return written.toString();
  }

  /** Every attribute of every bean of an agent's process, its own and its libraries'. */
  @SuppressWarnings("BanJNDI") // the address is our own agent's
  private static String beans(String url) throws Exception {
    StringBuilder shown = new StringBuilder();
    try (JMXConnector connector = JMXConnectorFactory.connect(new JMXServiceURL(url))) {
      MBeanServerConnection beans = connector.getMBeanServerConnection();
      for (ObjectName name : beans.queryNames(null, null)) {
        shown.append(name).append('\n');
        for (MBeanAttributeInfo attribute : beans.getMBeanInfo(name).getAttributes()) {
          shown.append(attribute.getName()).append('=');
          try {
            Object value = beans.getAttribute(name, attribute.getName());
            shown.append(value instanceof Object[] array ? Arrays.deepToString(array) : value);
          } catch (JMException | RuntimeMBeanException e) {
            shown.append(e); // not readable in this JVM
          }
          shown.append('\n');
        }
      }
    }
    return shown.toString();
  }

  /** As anybody on the machine can read it; Java itself tells none that is long. */
  private static String commandLine(ServerProcess process) throws IOException {
    return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
  }

  /** Returns the first lines of a log that hold a word; such a log may be long. */
  private static List<String> lines(Path log, String word) throws IOException {
    try (Stream<String> lines = Files.lines(log)) {
      return lines.filter(line -> line.contains(word)).limit(3).toList();
    }
  }

  private static String text(byte[] bytes) {
    return bytes == null ? "" : new String(bytes, UTF_8);
  }

  private static String other(String region) {
    return region.equals(EAST) ? WEST : EAST;
  }
}
