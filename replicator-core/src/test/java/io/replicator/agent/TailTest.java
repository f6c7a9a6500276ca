package io.replicator.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.config.AgentConfig;
import io.replicator.config.JmxConfig;
import io.replicator.config.KafkaConfig;
import io.replicator.config.MirrorConfig;
import io.replicator.config.ResourceConfig;
import io.replicator.config.StoreConfig;
import io.replicator.config.StoreDefinition;
import io.replicator.config.TopicConfig;
import io.replicator.fixture.FakeSource;
import io.replicator.fixture.FakeTarget;
import io.replicator.fixture.KafkaBroker;
import io.replicator.jmx.FlowBean;
import io.replicator.jmx.FlowMXBean;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.wire.Stamp;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import javax.management.JMX;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What an agent had captured when it ended is told by it, and by the next one, and missed. */
class TailTest {
  private static final Region HERE = new Region("us-east-1");
  private static final Resource ORDERS = new Resource("fake", "orders");
  private static final Duration SOON = Duration.ofSeconds(60);
  private static KafkaBroker broker;
  private static KafkaClients kafka;

  @BeforeAll
  static void start() {
    broker = KafkaBroker.started();
    kafka = new KafkaClients(Map.of("bootstrap.servers", broker.bootstrapServers()), "test");
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @Test
  void theLastChangesOfAnAgentThatIsNoMoreAreMissedWithoutASecondWordOfIts() throws Exception {
    FakeSource source = new FakeSource();
    try (FakeTarget target = new FakeTarget(false)) {
      OwnEnds ends = new OwnEnds(source, target);
      try (Agent agent = agent(ends)) {
        assertThat(agent).isNotNull();
        offer(source, "first");
        await().atMost(SOON).until(() -> target.ids().size() == 1);
        // The region has read the partition by now, so that it may miss what comes.
        await().atMost(SOON).until(() -> bean().getPendingChanges() == 0);
        offer(source, "second");
      }
      Status.CaptureStatus last = last().orElseThrow();
      assertThat(last.sent()).as("the farewell").containsExactly(2L);

      String killed = Stamp.newIncarnation(Instant.now(), Stamp.newCapture());
      say(killed, 5);
      try (Agent agent = agent(ends)) {
        assertThat(agent).isNotNull();
        await().atMost(SOON).until(() -> bean().getState().equals("DEGRADED"));
        assertThat(bean().getMissing()).isEqualTo(5);
        assertThat(bean().getPendingChanges()).isZero();
        assertThat(statuses())
            .flatExtracting(status -> status.captures().values())
            .filteredOn(capture -> capture.former() != null)
            .flatExtracting(Status.CaptureStatus::former)
            .extracting(Status.Former::incarnation)
            .contains(killed, last.incarnation());
      }
      assertThat(target.ids()).containsExactly("first", "second");
    }
  }

  private static void offer(FakeSource source, String id) throws Exception {
    source.offer(FakeSource.change(id, "key")).get(30, TimeUnit.SECONDS);
  }

  /** Has an agent say for the first and last time what it has captured. */
  private static void say(String incarnation, long sent) throws Exception {
    String line =
        "{\"format\": 1, \"region\": \"%s\", \"agent\": \"killed\", \"sentMillis\": %d,"
                .formatted(HERE, System.currentTimeMillis())
            + " \"captures\": {\"%s\": {\"incarnation\": \"%s\", \"sent\": [%d]}}}"
                .formatted(ORDERS, incarnation, sent);
    try (Producer<byte[], byte[]> producer = kafka.producer("killed")) {
      producer
          .send(new ProducerRecord<>(TopicNames.status(HERE), 0, null, line.getBytes(UTF_8)))
          .get(30, TimeUnit.SECONDS);
    }
  }

  private static Optional<Status.CaptureStatus> last() {
    return statuses().stream()
        .flatMap(status -> status.captures().values().stream())
        .reduce((before, after) -> after);
  }

  private static List<Status> statuses() {
    List<Status> statuses = new ArrayList<>();
    TopicPartition place = new TopicPartition(TopicNames.status(HERE), 0);
    try (var consumer = kafka.assignedConsumer("statuses")) {
      consumer.assign(List.of(place));
      consumer.seekToBeginning(List.of(place));
      long end = consumer.endOffsets(List.of(place)).get(place);
      while (consumer.position(place) < end) {
        for (ConsumerRecord<byte[], byte[]> line : consumer.poll(Duration.ofMillis(100))) {
          StatusBoard.parse(line).ifPresent(statuses::add);
        }
      }
    }
    return statuses;
  }

  private static Agent agent(OwnEnds ends) throws InterruptedException {
    ResourceConfig resource =
        new ResourceConfig(ORDERS, ends, 1, OptionalLong.empty(), List.of(HERE), true);
    AgentConfig config =
        new AgentConfig(
            HERE,
            1,
            new KafkaConfig(Map.of("bootstrap.servers", broker.bootstrapServers())),
            new TreeMap<>(),
            new TopicConfig(3, (short) 1, 1, Duration.ofDays(1)),
            JmxConfig.NONE,
            MirrorConfig.DEFAULT,
            List.of(new StoreConfig("fake", ends, List.of(resource), StoreDefinition.NONE)));
    return Agent.start(config, () -> config);
  }

  private static FlowMXBean bean() throws MalformedObjectNameException {
    return JMX.newMXBeanProxy(
        ManagementFactory.getPlatformMBeanServer(),
        new ObjectName(FlowBean.objectName(new Flow(ORDERS, HERE))),
        FlowMXBean.class);
  }
}
