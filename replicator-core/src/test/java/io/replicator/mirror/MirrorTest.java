package io.replicator.mirror;

import static io.replicator.mirror.MirrorConfigs.EAST;
import static io.replicator.mirror.MirrorConfigs.WEST;
import static io.replicator.mirror.MirrorConfigs.at;
import static io.replicator.mirror.MirrorConfigs.embedded;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.replicator.config.AgentConfig;
import io.replicator.config.MirrorConfig;
import io.replicator.fixture.KafkaBroker;
import io.replicator.jmx.MirrorMXBean;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.management.JMX;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MirrorTest {
  private static final String ORDERS = "replicator.us-west-2.sqs.orders";
  private static final String STATUS = "replicator.us-west-2.status";

  /** As in production, but less patient. */
  private static final MirrorPace PACE =
      new MirrorPace(
          Duration.ofMillis(200),
          Duration.ofSeconds(4),
          Duration.ofMillis(500),
          Duration.ofMillis(200),
          Duration.ofSeconds(2),
          Duration.ofSeconds(60),
          Duration.ofSeconds(20));

  private KafkaBroker east;
  private KafkaBroker west;

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

  @Test
  void recordsArriveUnchanged() throws Exception {
    long seed = new Random().nextLong();
    System.out.println("seed " + seed);
    byte[] large = new byte[2 << 20];
    new Random(seed).nextBytes(large);
    try (Mirror mirror = mirror(embedded(Map.of()));
        KafkaSide there = new KafkaSide(west);
        KafkaSide here = new KafkaSide(east)) {
      there.createTopic(ORDERS, 3);
      there.send(record(0, "a", "1"));
      there.send(record(2, null, "2"));
      there.send(record(1, "b", null));
      there.send(new ProducerRecord<>(ORDERS, 1, 7L, bytes("c"), large));
      ProducerRecord<byte[], byte[]> withHeaders = record(2, "d", "");
      withHeaders.headers().add(new RecordHeader("ce_id", bytes("7")));
      withHeaders.headers().add(new RecordHeader("empty", new byte[0]));
      withHeaders.headers().add(new RecordHeader("none", null));
      withHeaders.headers().add(new RecordHeader("ce_id", bytes("8")));
      there.send(withHeaders);

      List<ConsumerRecord<byte[], byte[]>> arrived = here.read(ORDERS, 5, Duration.ofSeconds(40));
      assertThat(arrived.stream().map(MirrorTest::shown))
          .containsExactlyInAnyOrderElementsOf(
              there.read(ORDERS, 5, Duration.ofSeconds(10)).stream()
                  .map(MirrorTest::shown)
                  .toList());
      assertThat(arrived).anyMatch(record -> Arrays.equals(record.value(), large));
      assertThat(here.partitions(ORDERS)).isEqualTo(3);
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> mirror.status().get(WEST).records().getAsLong() == 5);
      assertThat(mirror.status().get(WEST).bytes().getAsLong()).isGreaterThan(2 << 20);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"orders.replica", "orders.internal", "mm2.orders.internal", "__orders"})
  void namesThatMirrorMakerWouldLeaveOutByItselfArrive(String name) throws Exception {
    String topic = "replicator.us-west-2.sqs." + new Resource("sqs", name).name();
    try (Mirror mirror = mirror(embedded(Map.of()));
        KafkaSide there = new KafkaSide(west);
        KafkaSide here = new KafkaSide(east)) {
      there.createTopic(topic, 1);
      there.send(new ProducerRecord<>(topic, bytes("x")));
      assertThat(values(here.read(topic, 1, Duration.ofSeconds(40)))).containsExactly("x");
      assertThat(mirror.status()).containsOnlyKeys(WEST);
    }
  }

  @Test
  void onlyCommittedRecordsOfThePeersOwnTopicsAreTaken() throws Exception {
    try (Mirror mirror = mirror(embedded(Map.of()));
        KafkaSide there = new KafkaSide(west);
        KafkaSide here = new KafkaSide(east)) {
      String ours = "replicator.us-east-1.sqs.orders";
      List<String> others =
          List.of(
              ours, "replicator-local.us-west-2.ledger", "replicator.us-west-2x.orders", "other");
      for (String topic : others) {
        there.createTopic(topic, 1);
        there.send(new ProducerRecord<>(topic, bytes("x")));
      }
      there.createTopic(ORDERS, 1);
      there.sendAndAbort(new ProducerRecord<>(ORDERS, bytes("aborted")));
      there.send(new ProducerRecord<>(ORDERS, bytes("committed")));

      assertThat(here.read(ORDERS, 1, Duration.ofSeconds(40)))
          .singleElement()
          .matches(record -> new String(record.value(), UTF_8).equals("committed"));
      // A topic found later has been looked for after those before it.
      String later = "replicator.us-west-2.sqs.later";
      Instant created = Instant.now();
      there.createTopic(later, 1);
      there.send(new ProducerRecord<>(later, bytes("y")));
      here.read(later, 1, Duration.ofSeconds(20));
      assertThat(Duration.between(created, Instant.now())).isLessThan(Duration.ofSeconds(15));
      assertThat(here.topics()).doesNotContainAnyElementsOf(others);
      assertThat(mirror.status()).containsOnlyKeys(WEST);
    }
  }

  @Test
  void whatIsWrittenAroundAnOutageOfThePeerArrives() throws Exception {
    west.stop();
    try (Mirror mirror = mirror(embedded(Map.of()));
        KafkaSide here = new KafkaSide(east)) {
      await()
          .atMost(Duration.ofSeconds(15))
          .until(() -> condition(mirror).state() == FlowState.BLOCKED);
      assertThat(condition(mirror).reason())
          .contains("us-west-2", west.bootstrapServers(), "does not answer");
      assertThat(condition(mirror).hint()).contains("link");

      west.start();
      send(0, 50);
      here.read(ORDERS, 50, Duration.ofSeconds(40));
      west.stop();
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> condition(mirror).reason().contains("does not answer"));
      west.start();
      send(50, 100);
      assertThat(values(here.read(ORDERS, 100, Duration.ofSeconds(60))))
          .containsAll(IntStream.range(0, 100).mapToObj(String::valueOf).toList());
      mirror.heardFrom(WEST, Instant.now());
      assertThat(condition(mirror)).isEqualTo(Condition.RUNNING);
    }
  }

  @Test
  void anOutageOfTheLocalKafkaLosesNothing() throws Exception {
    try (Mirror mirror = mirror(embedded(Map.of()))) {
      send(0, 50);
      try (KafkaSide here = new KafkaSide(east)) {
        here.read(ORDERS, 50, Duration.ofSeconds(40));
      }
      east.stop();
      send(50, 100);
      east.start();
      try (KafkaSide here = new KafkaSide(east)) {
        assertThat(values(here.read(ORDERS, 100, Duration.ofSeconds(60))))
            .containsAll(IntStream.range(0, 100).mapToObj(String::valueOf).toList());
      }
      assertThat(mirror.status()).containsOnlyKeys(WEST);
    }
  }

  @Test
  void anUnreachablePeerDoesNotHinderAnother() throws Exception {
    Region gone = new Region("eu-west-1");
    AgentConfig config =
        MirrorConfigs.east(
            at(east.bootstrapServers()),
            Map.of(gone, at("127.0.0.1:1"), WEST, at(west.bootstrapServers())),
            1,
            embedded(Map.of()));
    try (Mirror mirror = new Mirror(config, PACE, InstantSource.system());
        KafkaSide here = new KafkaSide(east)) {
      send(0, 1);
      here.read(ORDERS, 1, Duration.ofSeconds(40));
      mirror.heardFrom(WEST, Instant.now());
      assertThat(condition(mirror)).isEqualTo(Condition.RUNNING);
      await()
          .atMost(Duration.ofSeconds(15))
          .until(() -> mirror.status().get(gone).condition().state() == FlowState.BLOCKED);
    }
  }

  @Test
  void aMirrorThatIsUpAndMirrorsNothingIsReported() throws Exception {
    // As an operator may have it: valid, and carrying nothing.
    Map<String, String> nothing = Map.of("us-west-2->us-east-1.topics", "nothing");
    assertThat(reasonWhileHeartbeatsAreWritten(nothing))
        .contains("the mirror brings none", "MirrorSourceConnector is RUNNING with 0 tasks");
  }

  @Test
  void aConnectorThatMirrorMakerDoesNotAcceptIsReported() throws Exception {
    Map<String, String> invalid = Map.of("offset-syncs.topic.replication.factor", "1");
    assertThat(reasonWhileHeartbeatsAreWritten(invalid))
        .contains("the mirror brings none", "was not accepted");
  }

  @Test
  void anExternalMirrorIsOnlyWatched() throws Exception {
    MirrorConfig external = new MirrorConfig(MirrorConfig.Mode.EXTERNAL, Map.of());
    try (Mirror mirror = mirror(external);
        KafkaSide there = new KafkaSide(west);
        KafkaSide here = new KafkaSide(east)) {
      await().until(() -> condition(mirror).reason().contains("has no heartbeats in " + STATUS));
      there.createTopic(STATUS, 1);
      there.send(new ProducerRecord<>(STATUS, bytes("x")));
      await().until(() -> condition(mirror).reason().contains("external mirror brings none"));
      // Nothing more is written there: then it is the agent that is silent.
      await()
          .atMost(Duration.ofSeconds(15))
          .until(() -> condition(mirror).reason().contains("no agent has written a heartbeat"));
      mirror.heardFrom(WEST, Instant.now());
      assertThat(condition(mirror)).isEqualTo(Condition.RUNNING);
      assertThat(mirror.status().get(WEST).records()).isEmpty();
      assertThat(here.topics()).doesNotContain(STATUS);
    }
  }

  @Test
  void propertiesThatMirrorMakerRefusesAreAFailure() {
    try (Mirror mirror = mirror(embedded(Map.of("us-east-1.session.timeout.ms", "soon")))) {
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> condition(mirror).state() == FlowState.FAILED);
      assertThat(condition(mirror).reason()).contains("session.timeout.ms");
    }
  }

  @Test
  void aFailureThatNobodyForesawIsShownAndTheMirrorIsStartedAgain() throws Exception {
    MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    ObjectName name =
        new ObjectName(
            "kafka.connect.mirror:type=MirrorSourceConnector,source=us-west-2,target=us-east-1,"
                + "topic=x,partition=0");
    try (Mirror mirror = mirror(embedded(Map.of()));
        KafkaSide here = new KafkaSide(east)) {
      send(0, 1);
      here.read(ORDERS, 1, Duration.ofSeconds(40));
      beans.registerMBean(new UnreadableBean(), name);
      try {
        await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> condition(mirror).reason().contains("ClassCastException"));
        assertThat(condition(mirror).state()).isEqualTo(FlowState.BLOCKED);
        assertThat(condition(mirror).reason()).contains("is started again");
      } finally {
        beans.unregisterMBean(name);
      }
      send(1, 2);
      here.read(ORDERS, 2, Duration.ofSeconds(40));
      assertThat(mirror.status().get(WEST).restarts()).isPositive();
      mirror.heardFrom(WEST, Instant.now());
      assertThat(condition(mirror)).isEqualTo(Condition.RUNNING);
    }
  }

  @Test
  void nothingIsTakenFromAKafkaThatTurnsOutToBeAnotherRegions() throws Exception {
    try (KafkaSide there = new KafkaSide(west)) {
      there.createTopic(TopicNames.IDENTITY, 1);
      there.send(new ProducerRecord<>(TopicNames.IDENTITY, bytes("region"), bytes("eu-west-1")));
    }
    west.stop();
    try (Mirror mirror = mirror(embedded(Map.of()));
        KafkaSide here = new KafkaSide(east)) {
      await()
          .atMost(Duration.ofSeconds(15))
          .until(() -> condition(mirror).reason().contains("does not answer"));
      west.start();
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> condition(mirror).state() == FlowState.FAILED);
      assertThat(condition(mirror).reason())
          .contains(
              "peers.us-west-2.kafka.bootstrap.servers", west.bootstrapServers(), "eu-west-1");
      assertThat(condition(mirror).hint()).contains("correct", TopicNames.IDENTITY);
      assertThat(here.topics()).noneMatch(topic -> topic.startsWith("mm2-"));
    }
  }

  @Test
  void aSecondMirrorInOneProcessIsRefusedAndLeavesTheFirst() throws Exception {
    MirrorConfig external = new MirrorConfig(MirrorConfig.Mode.EXTERNAL, Map.of());
    ObjectName name = new ObjectName("replicator:type=Mirror,source=us-west-2");
    try (Mirror mirror = mirror(external)) {
      assertThatThrownBy(() -> mirror(external)).isInstanceOf(IllegalStateException.class);
      mirror.heardFrom(WEST, Instant.now());
      mirror.heardFrom(new Region("unknown"), Instant.now());
      assertThat(ManagementFactory.getPlatformMBeanServer().getAttribute(name, "LastHeartbeat"))
          .isNotEqualTo("");
    }
    assertThat(ManagementFactory.getPlatformMBeanServer().isRegistered(name)).isFalse();
  }

  @Test
  void closingLeavesNoThreadAndNoBean() throws Exception {
    send(0, 1);
    MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    ObjectName name = new ObjectName("replicator:type=Mirror,source=us-west-2");
    Set<Long> before = threads().keySet();
    try (Mirror mirror = mirror(embedded(Map.of()));
        KafkaSide here = new KafkaSide(east)) {
      here.read(ORDERS, 1, Duration.ofSeconds(40));
      MirrorMXBean bean = JMX.newMXBeanProxy(beans, name, MirrorMXBean.class);
      await().until(() -> bean.getRecords() == 1);
      assertThat(bean.getBytes()).isEqualTo(1);
      assertThat(bean.getHeartbeatAgeMillis()).isEqualTo(-1);
      mirror.heardFrom(WEST, Instant.now().minusSeconds(5));
      assertThat(bean.getHeartbeatAgeMillis()).isBetween(5000L, 15_000L);
      assertThat(bean.getState()).isEqualTo("RUNNING");
      assertThat(bean.getRestarts()).isZero();
    }
    assertThat(beans.isRegistered(name)).isFalse();
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(
            () -> {
              Map<Long, String> left = threads();
              left.keySet().removeAll(before);
              assertThat(left.values()).isEmpty();
            });
  }

  /** Waits until silence is explained, while an agent lives at the peer. */
  private String reasonWhileHeartbeatsAreWritten(Map<String, String> options) throws Exception {
    try (Mirror mirror = mirror(embedded(options));
        KafkaSide there = new KafkaSide(west)) {
      there.createTopic(STATUS, 1);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> {
                there.send(new ProducerRecord<>(STATUS, bytes("x")));
                return condition(mirror).reason().contains("MirrorSourceConnector");
              });
      assertThat(condition(mirror).state()).isEqualTo(FlowState.BLOCKED);
      assertThat(condition(mirror).hint()).contains("mirror.options");
      return condition(mirror).reason();
    }
  }

  private Mirror mirror(MirrorConfig mirror) {
    AgentConfig config =
        MirrorConfigs.east(
            at(east.bootstrapServers()), Map.of(WEST, at(west.bootstrapServers())), 1, mirror);
    assertThat(config.region()).isEqualTo(EAST);
    return new Mirror(config, PACE, InstantSource.system());
  }

  private void send(int from, int to) throws Exception {
    try (KafkaSide there = new KafkaSide(west)) {
      if (!there.topics().contains(ORDERS)) {
        there.createTopic(ORDERS, 3);
      }
      for (int i = from; i < to; i++) {
        there.send(record(i % 3, "k", Integer.toString(i)));
      }
    }
  }

  private static Condition condition(Mirror mirror) {
    return mirror.status().get(WEST).condition();
  }

  private static ProducerRecord<byte[], byte[]> record(int partition, String key, String value) {
    return new ProducerRecord<>(
        ORDERS, partition, key == null ? null : bytes(key), value == null ? null : bytes(value));
  }

  private static String shown(ConsumerRecord<byte[], byte[]> record) {
    return record.partition()
        + " "
        + Arrays.toString(record.key())
        + " "
        + Arrays.hashCode(record.value())
        + " "
        + (record.value() == null)
        + " "
        + record.timestamp()
        + " "
        + record.headers();
  }

  private static Set<String> values(List<ConsumerRecord<byte[], byte[]>> records) {
    Set<String> values = new TreeSet<>();
    records.forEach(record -> values.add(new String(record.value(), UTF_8)));
    return values;
  }

  /** All threads but those that the brokers and the test itself start while it runs. */
  private static Map<Long, String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(
            thread -> !thread.getName().matches("(executor-|kafka-scheduler-|awaitility-thread).*"))
        .collect(Collectors.toMap(Thread::getId, Thread::getName));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
