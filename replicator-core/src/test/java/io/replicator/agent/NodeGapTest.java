package io.replicator.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.replicator.capture.Capture;
import io.replicator.fixture.FakeSource;
import io.replicator.fixture.KafkaBroker;
import io.replicator.kafka.KafkaClients;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Clocks;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import io.replicator.timer.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
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

  @BeforeAll
  static void startBroker() {
    broker = KafkaBroker.started();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  /** The capture of one node, which obeys as a process of its own does. */
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
    private final Capture capture;
    private final CaptureFlow bean;

    Beside(String node) {
      capture =
          new Capture(
              node,
              SHOP,
              "changes",
              1,
              () -> "",
              OptionalLong.empty(),
              Capture.MOST_PENDING_BYTES,
              new KafkaClients(Map.of("bootstrap.servers", broker.bootstrapServers()), node),
              timer,
              Clocks.system(),
              new Figures(Clocks.system().wall()),
              new Conditions(SHOP.toString()));
      bean = new CaptureFlow(SHOP, capture, Optional.of(node), controls);
      controls.listen(
          SHOP,
          new Controls.Listener() {
            @Override
            public Optional<String> node() {
              return Optional.of(node);
            }

            @Override
            public void paused(boolean paused) {}

            @Override
            public void acceptGap() {
              capture.acceptGap();
            }
          });
      controls.caughtUp();
      source.missing("what node " + node + " deleted");
      capture.start(source);
      await().atMost(PATIENCE).until(() -> state() == FlowState.DEGRADED);
    }

    FlowState state() {
      return capture.status().map(status -> status.condition()).orElse(Condition.RUNNING).state();
    }

    @Override
    public void close() {
      capture.close();
      timer.close();
    }
  }

  @Test
  void acceptingTheGapOfOneNodesCaptureLeavesTheOthers() {
    try (Beside one = new Beside("10.0.0.1:7000");
        Beside other = new Beside("10.0.0.2:7000")) {
      one.bean.acceptGap();
      ProducerRecord<byte[], byte[]> order = one.orders.history().get(0);
      for (Beside each : List.of(one, other)) {
        each.controls.read(new ConsumerRecord<>("control", 0, 0, order.key(), order.value()));
      }
      assertThat(one.source.isMissing()).isFalse();
      assertThat(other.source.isMissing()).isTrue();
      await().atMost(PATIENCE).until(() -> one.state() == FlowState.RUNNING);
      assertThatThrownBy(one.bean::acceptGap)
          .hasMessageContaining("the capture of node 10.0.0.1:7000 knows of no gap");
      assertThat(one.orders.history()).hasSize(1);

      // Of an older process, which names no node.
      byte[] key = ("accept-gap " + SHOP).getBytes(UTF_8);
      other.controls.read(new ConsumerRecord<>("control", 0, 1, key, "older".getBytes(UTF_8)));
      assertThat(other.source.isMissing()).isFalse();
    }
  }
}
