package io.replicator.mirror;

import static io.replicator.mirror.MirrorConfigs.WEST;
import static io.replicator.mirror.MirrorConfigs.embedded;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.replicator.config.MirrorConfig;
import io.replicator.jmx.MirrorMXBean;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the mirror carries, around what outages. */
class MirrorTest extends MirrorRig {
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
          .untilAsserted( // that nothing is heard shows before
              () ->
                  assertThat(condition(mirror).reason())
                      .contains("us-west-2", west.bootstrapServers(), "does not answer"));
      assertThat(condition(mirror).state()).isEqualTo(FlowState.BLOCKED);
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
}
