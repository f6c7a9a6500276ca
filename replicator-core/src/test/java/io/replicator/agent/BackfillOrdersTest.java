package io.replicator.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.backfill.Backfill;
import io.replicator.backfill.Order;
import io.replicator.fixture.BucketResource;
import io.replicator.fixture.CountedSink;
import io.replicator.fixture.FakeBucket;
import io.replicator.fixture.FakeClock;
import io.replicator.model.Flow;
import io.replicator.timer.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an operator says at one agent holds against the progress that another writes late. */
class BackfillOrdersTest {
  private static final Flow FLOW = Flow.parse("s3/photos@us-east-1");

  private final FakeClock clock = new FakeClock();
  private final Timer timer = new Timer(1);
  private final FakeBucket bucket = new FakeBucket(FLOW.origin(), clock);
  private final List<ConsumerRecord<byte[], byte[]>> topic = new ArrayList<>();
  private final Agent one = new Agent(true);
  private final Agent other = new Agent(false);

  /** One agent's controls and its backfill; the one sends, the other only hears. */
  private final class Agent {
    final MockProducer<byte[], byte[]> producer =
        new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    final Controls controls = new Controls("control", producer);
    final CountedSink sink = new CountedSink();
    final Backfill backfill;
    int written;
    int read;

    Agent(boolean responsible) {
      backfill =
          new Backfill(
              FLOW,
              Backfill.ofHints(new BucketResource(bucket), sink, timer, clock),
              clock,
              order -> responsible,
              () -> true,
              order -> controls.keep(FLOW, order));
      listen(controls, backfill);
    }

    /** What it has sent until now arrives in the topic. */
    void arrive() {
      for (; written < producer.history().size(); written++) {
        ProducerRecord<byte[], byte[]> sent = producer.history().get(written);
        topic.add(new ConsumerRecord<>("control", 0, topic.size(), sent.key(), sent.value()));
      }
    }

    void hear() {
      for (; read < topic.size(); read++) {
        controls.read(topic.get(read));
      }
    }
  }

  private static void listen(Controls controls, Backfill backfill) {
    controls.listen(
        FLOW,
        new Controls.Listener() {
          @Override
          public void paused(boolean paused) {}

          @Override
          public void acceptGap() {}

          @Override
          public void backfill(Order order) {
            backfill.told(order);
          }
        });
  }

  @AfterEach
  void close() {
    one.backfill.close();
    other.backfill.close();
    timer.close();
  }

  /** The one has sent a key of the first order, and its word of that is on its way. */
  private void begun() {
    bucket.write("a1", "a");
    bucket.write("a2", "a");
    other.controls.backfill(FLOW, Order.of("first", "", false, 1000));
    other.arrive();
    other.hear();
    one.hear();
    one.sink.take(1);
    one.backfill.tick();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              clock.pass(Duration.ofSeconds(3));
              one.backfill.tick();
              return !one.producer.history().isEmpty();
            });
  }

  /** The late word comes after the operator's, and then all is read by all. */
  private void late() {
    other.arrive();
    one.arrive();
    one.hear();
    other.hear();
  }

  @Test
  void aNewOrderIsNotOverwrittenByTheProgressOfTheOldOne() {
    begun();
    other.controls.backfill(FLOW, Order.of("second", "a", true, 1000));
    late();
    assertThat(one.backfill.status()).isEqualTo("running: repair of 'a', 0 keys sent");
    assertThat(other.backfill.status()).isEqualTo(one.backfill.status());
    assertThat(restarted()).isEqualTo(one.backfill.status());
  }

  @Test
  void aStopIsNotOverwrittenByProgress() {
    begun();
    other.controls.backfill(FLOW, other.backfill.stopped().orElseThrow());
    late();
    assertThat(one.backfill.status()).isEqualTo("stopped: backfill, 1 keys sent");
    assertThat(other.backfill.status()).isEqualTo(one.backfill.status());
    assertThat(restarted()).isEqualTo(one.backfill.status());
  }

  @Test
  void progressIsHeardByTheAgentThatTakesOver() {
    begun();
    late();
    assertThat(other.backfill.status()).isEqualTo("running: backfill, 1 keys sent, last 'a1'");
    assertThat(restarted()).isEqualTo(other.backfill.status());
  }

  @Test
  void anOldOrderDoesNotBeginAgainWhereTheTopicIsReadAnew() {
    begun();
    other.controls.backfill(FLOW, Order.of("second", "a", true, 1000));
    late();
    other.controls.read(topic.get(0));
    assertThat(other.backfill.status()).startsWith("running: repair of 'a'");
  }

  /** Returns what an agent knows that reads all of it only now. */
  private String restarted() {
    Agent third = new Agent(false);
    third.hear();
    return third.backfill.status();
  }
}
