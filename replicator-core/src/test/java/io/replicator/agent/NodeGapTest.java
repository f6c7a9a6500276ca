package io.replicator.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.replicator.capture.Capture;
import io.replicator.config.ResourceConfig;
import io.replicator.fixture.FakeSource;
import io.replicator.fixture.KafkaBroker;
import io.replicator.jmx.FlowBean;
import io.replicator.jmx.FlowMXBean;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicIds;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Clocks;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import io.replicator.model.Region;
import io.replicator.spi.Applier;
import io.replicator.spi.Capabilities;
import io.replicator.spi.ChangeSink;
import io.replicator.spi.ChangeSource;
import io.replicator.spi.Finding;
import io.replicator.spi.Listing;
import io.replicator.spi.StoreResource;
import io.replicator.timer.Timer;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import javax.management.JMX;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Gaps of the captures beside two nodes of a store, which have one flow and a gap each. */
class NodeGapTest {
  private static final Flow SHOP = Flow.parse("cassandra/shop@us-east-1");
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static KafkaBroker broker;
  private static String topicId;

  @BeforeAll
  static void startBroker() throws Exception {
    broker = KafkaBroker.started();
    // Without it the flow would be BLOCKED after a moment.
    try (Admin admin =
        new KafkaClients(Map.of("bootstrap.servers", broker.bootstrapServers()), "topics")
            .admin()) {
      topicId =
          admin
              .createTopics(List.of(new NewTopic(TopicNames.changes(SHOP), 1, (short) 1)))
              .topicId(TopicNames.changes(SHOP))
              .get(30, TimeUnit.SECONDS)
              .toString();
    }
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  /** The process beside one node: its flow, and the orders that were given to it. */
  private static final class Beside implements AutoCloseable {
    final FakeSource source = new FakeSource();
    final MockProducer<byte[], byte[]> orders =
        new MockProducer<>(
            true,
            new RoundRobinPartitioner(),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    final Controls controls = new Controls("control", orders);
    private final Timer timer = new Timer(1);
    private final Beans beans = new Beans();
    private final Admin admin;
    private final TopicIds ids;
    private final Flows flows;
    private final Capture capture;

    /** Begins with something that its log has lost. */
    Beside(String node) {
      KafkaClients kafka =
          new KafkaClients(Map.of("bootstrap.servers", broker.bootstrapServers()), node);
      admin = kafka.admin();
      ids = new TopicIds(admin, Map.of(TopicNames.changes(SHOP), topicId), timer);
      StatusBoard board =
          new StatusBoard("status", orders, Clocks.system(), Duration.ofDays(1), status -> {});
      ResourceConfig shop =
          new ResourceConfig(
              SHOP.resource(), new Tables(source), 1, OptionalLong.empty(), List.of(), true);
      flows =
          new Flows(
              new Site(
                  SHOP.origin(),
                  kafka,
                  orders,
                  timer,
                  Clocks.system(),
                  controls,
                  board,
                  Duration.ofDays(1),
                  ids),
              beans,
              new Shares(Runtime.getRuntime().maxMemory(), List.of(shop)));
      source.missing("something");
      capture = flows.openBeside(shop, node, Optional.empty());
      controls.caughtUp();
      await().atMost(PATIENCE).until(() -> bean().getState().equals("DEGRADED"));
    }

    static FlowMXBean bean() {
      try {
        return JMX.newMXBeanProxy(
            ManagementFactory.getPlatformMBeanServer(),
            new ObjectName(FlowBean.objectName(SHOP)),
            FlowMXBean.class);
      } catch (MalformedObjectNameException e) {
        throw new IllegalStateException(e);
      }
    }

    /** Reads back the order that was given last. */
    void readLast() {
      ProducerRecord<byte[], byte[]> last = orders.history().get(orders.history().size() - 1);
      read(last.key(), last.value());
    }

    /** Has something more got lost, which the capture knows of then. */
    void loses(String what) {
      source.missing(what);
      await()
          .atMost(PATIENCE)
          .until(() -> capture.status().orElseThrow().condition().reason().equals(what));
    }

    void read(byte[] key, byte[] value) {
      controls.read(new ConsumerRecord<>("control", 0, 0, key, value));
    }

    @Override
    public void close() {
      flows.close();
      beans.close();
      ids.close();
      admin.close(Duration.ofSeconds(1));
      timer.close();
    }
  }

  /** Tables whose nodes have logs. */
  private record Tables(FakeSource source) implements StoreResource, StoreResource.Door.NodeLog {
    @Override
    public ChangeSource open(ChangeSink sink) {
      return source.open(sink);
    }

    @Override
    public Claim claim() {
      throw new AssertionError("no process is started here");
    }

    @Override
    public Optional<String> refusal(String part) {
      return Optional.of("nothing is listed here");
    }

    @Override
    public Listing list(String part, String after, int rate, ChangeSink sink) {
      throw new AssertionError("every part was refused");
    }

    @Override
    public Capabilities capabilities() {
      return new Capabilities(true);
    }

    @Override
    public Door door() {
      return this;
    }

    @Override
    public Applier openApplier(Region origin) {
      throw new AssertionError("a capture applies nothing");
    }

    @Override
    public List<Finding> check(Duration retention) {
      return List.of();
    }
  }

  @Test
  void acceptingTheGapOfOneNodesCaptureLeavesTheOthers() {
    ProducerRecord<byte[], byte[]> order;
    try (Beside one = new Beside("one")) {
      int before = one.orders.history().size();
      Beside.bean().acceptGap();
      order = one.orders.history().get(before);
      one.read(order.key(), order.value());
      assertThat(one.source.isMissing()).isFalse();
      await().atMost(PATIENCE).until(() -> Beside.bean().getState().equals("RUNNING"));
      assertThatThrownBy(Beside.bean()::acceptGap)
          .hasMessageContaining("the capture of node one knows of no gap");
    }
    try (Beside other = new Beside("other")) {
      other.read(order.key(), order.value());
      assertThat(other.source.isMissing()).isTrue();
      // Of an older process, which names no node.
      other.read(("accept-gap " + SHOP).getBytes(UTF_8), "older".getBytes(UTF_8));
      assertThat(other.source.isMissing()).isFalse();
    }
  }

  @Test
  void aLossBehindAnOlderConditionIsShownWithItAndAccepted() {
    try (Beside one = new Beside("one")) {
      Beside.bean().acceptGap();
      one.readLast();
      await().atMost(PATIENCE).until(() -> Beside.bean().getState().equals("RUNNING"));
      one.capture.setRing(new Condition(FlowState.DEGRADED, "no capture beside two", "start it"));
      one.loses("segments");
      assertThatThrownBy(Beside.bean()::acceptGap).hasMessageContaining("nobody was shown yet");
      await().atMost(PATIENCE).until(() -> Beside.bean().getReason().contains("segments"));
      assertThat(Beside.bean().getReason()).isEqualTo("no capture beside two; segments");
      Beside.bean().acceptGap();
      one.readLast();
      assertThat(one.source.isMissing()).isFalse();
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> assertThat(Beside.bean().getReason()).isEqualTo("no capture beside two"));
    }
  }

  @Test
  void aLossBehindAGraverConditionIsNotAcceptedBeforeItIsShown() {
    try (Beside one = new Beside("one")) {
      Beside.bean().pause();
      one.readLast();
      assertThat(Beside.bean().getState()).isEqualTo("PAUSED");
      one.loses("something; segments");
      assertThat(Beside.bean().getReason()).doesNotContain("segments");
      int given = one.orders.history().size();
      assertThatThrownBy(Beside.bean()::acceptGap)
          .hasMessageContaining("cassandra/shop@us-east-1: nobody was shown yet")
          .hasMessageContaining("node one")
          .hasMessageContaining("resume");
      assertThat(one.orders.history()).hasSize(given);
      Beside.bean().resume();
      one.readLast();
      assertThat(Beside.bean().getReason()).isEqualTo("something; segments");
      Beside.bean().acceptGap();
      one.readLast();
      assertThat(one.source.isMissing()).isFalse();
    }
  }

  @Test
  void whatIsRefusedForGoodIsNoGap() {
    try (Beside one = new Beside("one")) {
      one.source.refusing("a table of counters");
      await().atMost(PATIENCE).until(() -> Beside.bean().getReason().contains("counters"));
      assertThatThrownBy(Beside.bean()::acceptGap)
          .hasMessageContaining(
              "the capture of node one knows of no gap; it is DEGRADED: a table of counters");
      assertThat(one.source.isMissing()).isTrue();
    }
  }

  @Test
  void whatProcessesTellEachOtherIsShownToNobody() {
    try (Beside one = new Beside("one")) {
      one.source.missing("something; more");
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  one.flows
                      .status("one", Map.of())
                      .flows()
                      .get(0)
                      .reason()
                      .equals("something; more"));
      assertThat(one.source.shown()).isEqualTo("something");
      assertThat(Beside.bean().getReason()).isEqualTo("something; more");
      assertThat(one.source.shown()).isEqualTo("something; more");
    }
  }
}
