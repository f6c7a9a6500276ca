package io.replicator.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.backfill.Order;
import io.replicator.fixture.KafkaBroker;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.Topics;
import io.replicator.model.Flow;
import io.replicator.reading.Throttle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.Producer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ControlsTest {
  private static final Flow ORDERS = Flow.parse("sqs/orders@us-east-1");
  private static final Flow BILLS = Flow.parse("sqs/bills@us-east-1");
  private static KafkaBroker broker;
  private static KafkaClients kafka;
  private static int topics;
  private final String topic = "control" + ++topics;

  @BeforeAll
  static void startBroker() {
    broker = KafkaBroker.started();
    kafka = new KafkaClients(Map.of("bootstrap.servers", broker.bootstrapServers()), "test");
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  private void create() {
    try (Admin admin = kafka.admin()) {
      new Topics(admin, 1, 1, Duration.ofDays(14)).ensureCompacted(topic);
    }
  }

  /** One agent's controls, and what it told the station of the one flow. */
  private final class Life implements AutoCloseable {
    final Producer<byte[], byte[]> producer = kafka.producer("local");
    final Controls controls = new Controls(topic, producer);
    final LocalReader reader = new LocalReader(kafka);
    final List<Boolean> told = new CopyOnWriteArrayList<>();
    final AtomicInteger accepted = new AtomicInteger();

    Life() throws InterruptedException {
      reader.add(topic, controls::read);
      reader.start();
      controls.caughtUp();
      controls.listen(
          ORDERS,
          new Controls.Listener() {
            @Override
            public void paused(boolean paused) {
              told.add(paused);
            }

            @Override
            public void acceptGap() {
              accepted.incrementAndGet();
            }
          });
    }

    void awaitTold(Boolean... all) {
      await().atMost(Duration.ofSeconds(20)).until(() -> told.equals(List.of(all)));
    }

    @Override
    public void close() {
      reader.close();
      producer.close(Duration.ofSeconds(1));
    }
  }

  @Test
  void aPauseSurvivesARestartAndSoDoesItsEnd() throws Exception {
    create();
    try (Life first = new Life()) {
      first.awaitTold(false);
      first.controls.pause(ORDERS, true);
      first.awaitTold(false, true);
    }
    try (Life second = new Life()) {
      // Told at once, before anything could have passed.
      assertThat(second.told).containsExactly(true);
      second.controls.pause(ORDERS, false);
      second.awaitTold(true, false);
    }
    try (Life third = new Life()) {
      assertThat(third.told).containsExactly(false);
    }
  }

  @Test
  void anAcceptedGapIsAcceptedByAllAgentsThatRunAndNotAgainAfterARestart() throws Exception {
    create();
    try (Life one = new Life();
        Life other = new Life()) {
      one.controls.acceptGap(BILLS, Optional.empty());
      one.controls.acceptGap(ORDERS, Optional.empty());
      other.controls.acceptGap(ORDERS, Optional.empty());
      await().until(() -> one.accepted.get() == 2 && other.accepted.get() == 2);
      assertThat(one.told).containsExactly(false);
    }
    try (Life later = new Life()) {
      later.controls.pause(ORDERS, true);
      later.awaitTold(false, true);
      assertThat(later.accepted).hasValue(0);
    }
  }

  @Test
  void anOrderToAcceptAGapIsObeyedOnceHoweverOftenItIsReadAndNotIfItStoodThereBefore() {
    AtomicInteger accepted = new AtomicInteger();
    Controls controls = new Controls(topic, new MockProducer<>());
    controls.listen(
        ORDERS,
        new Controls.Listener() {
          @Override
          public void paused(boolean paused) {}

          @Override
          public void acceptGap() {
            accepted.incrementAndGet();
          }
        });
    controls.read(acceptGap("before"));
    controls.caughtUp();
    assertThat(accepted).hasValue(0);
    controls.read(acceptGap("now"));
    assertThat(accepted).hasValue(1);
    // The topic is read anew from its beginning where the connection failed.
    controls.read(acceptGap("before"));
    controls.read(acceptGap("now"));
    assertThat(accepted).hasValue(1);
  }

  private ConsumerRecord<byte[], byte[]> acceptGap(String order) {
    byte[] key = ("accept-gap " + ORDERS).getBytes(UTF_8);
    return new ConsumerRecord<>(topic, 0, 0, key, order.getBytes(UTF_8));
  }

  /** What one flow is told, at once, of lines that stand in the topic. */
  private static final class Told implements Controls.Listener {
    final List<Boolean> paused = new ArrayList<>();
    final List<Optional<Throttle.Rates>> throttled = new ArrayList<>();
    final List<Order> orders = new ArrayList<>();

    @Override
    public void paused(boolean isPaused) {
      paused.add(isPaused);
    }

    @Override
    public void acceptGap() {}

    @Override
    public void throttled(Optional<Throttle.Rates> rates) {
      throttled.add(rates);
    }

    @Override
    public void backfill(Order order) {
      orders.add(order);
    }
  }

  private void read(Controls controls, String key, String value) {
    byte[] bytes = value == null ? null : value.getBytes(UTF_8);
    controls.read(new ConsumerRecord<>(topic, 0, 0, key.getBytes(UTF_8), bytes));
  }

  @Test
  void ofWhatANewerAgentKeepsNothingIsTakenForAnOrderToGoOn() {
    Controls controls = new Controls(topic, new MockProducer<>());
    Told told = new Told();
    controls.listen(ORDERS, told);
    read(controls, ORDERS.toString(), "pause until 2030-01-01T00:00:00Z");
    assertThat(told.paused).containsExactly(false, true);
    read(controls, ORDERS.toString(), null);
    assertThat(told.paused).containsExactly(false, true, false);
    read(controls, "quota " + ORDERS, "pause");
    assertThat(told.paused).hasSize(3);

    read(controls, "throttle " + ORDERS, "10 2000");
    Optional<Throttle.Rates> slow = Optional.of(new Throttle.Rates(10, 2_000));
    assertThat(told.throttled).containsExactly(Optional.empty(), slow);
    assertThat(controls.isThrottled(ORDERS)).isTrue();
    read(controls, "throttle " + ORDERS, "adaptive");
    read(controls, "throttle " + ORDERS, "20 fast");
    assertThat(told.throttled).hasSize(2);
    read(controls, "throttle " + ORDERS, "20 4000 since-today");
    assertThat(told.throttled).last().isEqualTo(Optional.of(new Throttle.Rates(20, 4_000)));
    read(controls, "throttle " + ORDERS, null);
    assertThat(told.throttled).last().isEqualTo(Optional.empty());
    assertThat(controls.isThrottled(ORDERS)).isFalse();
  }

  @Test
  void anOrderOfANewerFormEndsTheOneInWhosePlaceItStands() {
    Controls controls = new Controls(topic, new MockProducer<>());
    Told told = new Told();
    controls.listen(ORDERS, told);
    Order order = Order.of("first", "", false, 10);
    read(controls, "backfill " + ORDERS, order.toJson());
    assertThat(told.orders).containsExactly(order);
    read(controls, "backfill " + ORDERS, "{\"format\": 2, \"id\": \"second\", \"rate\": {}}");
    assertThat(told.orders).containsExactly(order, order.stopped());
    // The topic may be read anew from its beginning.
    read(controls, "backfill " + ORDERS, order.toJson());
    assertThat(told.orders).hasSize(2);
  }

  @Test
  void everyAgentOfTheRegionObeysAndOtherFlowsGoOn() throws Exception {
    create();
    try (Life one = new Life();
        Life other = new Life()) {
      one.controls.pause(BILLS, true);
      one.controls.pause(ORDERS, true);
      one.controls.pause(ORDERS, true);
      one.controls.pause(ORDERS, false);
      other.awaitTold(false, true, false);
      one.awaitTold(false, true, false);
    }
  }
}
