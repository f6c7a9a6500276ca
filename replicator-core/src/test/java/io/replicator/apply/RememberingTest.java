package io.replicator.apply;

import static io.replicator.fixture.FakeSource.change;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.fixture.FakeClock;
import io.replicator.fixture.FakeTarget;
import io.replicator.kafka.KafkaClients;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Change;
import io.replicator.model.Clocks;
import io.replicator.model.Flow;
import io.replicator.model.OnFailure;
import io.replicator.reading.Bounds;
import io.replicator.reading.Window;
import io.replicator.timer.Timer;
import io.replicator.wire.Decoded;
import io.replicator.wire.Stamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What is applied is written down before it counts as done, and how far all is done before it is
 * committed: step by step, with a Kafka that acknowledges when it is told to.
 */
class RememberingTest {
  private static final TopicPartition PLACE = new TopicPartition("t", 0);
  private static final String LIFE =
      Stamp.newIncarnation(Instant.parse("2026-01-01T00:00:00Z"), Stamp.newCapture());

  private final Flow flow = Flow.parse("sqs/orders@us-east-1");
  private final FakeClock clock = new FakeClock();
  private final FakeTarget store = new FakeTarget(false);
  private final Timer timer = new Timer(2);
  private final Figures figures = new Figures(clock);
  private final Lanes lanes = new Lanes(timer);
  private final MockConsumer<byte[], byte[]> member = new MockConsumer<>("earliest");
  private final MockProducer<byte[], byte[]> kafka =
      new MockProducer<>(
          false, new RoundRobinPartitioner(), new ByteArraySerializer(), new ByteArraySerializer());
  private final LocalWrites writes = new LocalWrites("", System::nanoTime);
  private final Journal journal =
      new Journal("applied", new KafkaClients(Map.of(), "test"), kafka, 100, writes);
  private final Checkpoint checkpoint =
      new Checkpoint(
          PLACE.topic(), member, journal, lanes, timer, Clocks.of(clock), Duration.ofDays(14));
  private Lane lane;

  @BeforeEach
  void open() {
    Window window = new Window(Bounds.MOST);
    Conditions conditions = new Conditions("test");
    Chain chain =
        new Chain(
            flow,
            store.openApplier(flow.origin()),
            OnFailure.DEFAULT,
            new DeadLetters("dead-letters", kafka, clock),
            writes,
            new Parking("parking", kafka, writes),
            journal,
            true,
            window,
            timer,
            Clocks.of(clock),
            figures,
            new Failing(conditions, List::of),
            conditions,
            () -> false,
            lanes::pump,
            lanes::pump);
    lane =
        new Lane(
            0,
            0,
            Instant.EPOCH,
            new Journal.Memory(Optional.empty(), new ArrayDeque<>()),
            new Bay(
                new ParkedKeys(window, System::nanoTime, UnaryOperator.identity()),
                new OwnWrites(0)),
            Optional.of(new RecentIds(() -> 100)),
            window,
            chain.delivery(),
            Clocks.of(clock));
    lanes.add(lane);
    member.assign(List.of(PLACE));
  }

  @AfterEach
  void close() {
    timer.close();
    store.close();
    kafka.close();
    member.close();
  }

  private void accept(int number) {
    Change change = change("id-" + number, "k");
    lane.accept(
        new Entry(
            new ConsumerRecord<>(PLACE.topic(), 0, number - 1L, new byte[0], change.payload()),
            new Decoded.Captured(change, new Stamp(LIFE, number))));
    lane.pump();
  }

  private List<String> written() {
    return kafka.history().stream().map(line -> new String(line.value(), UTF_8)).toList();
  }

  private OffsetAndMetadata committed() {
    return member.committed(Set.of(PLACE)).get(PLACE);
  }

  @Test
  void anOffsetCountsAsDoneOnlyOnceItsChangeIsWrittenDownAndTheKeysNextOneNeedNotWait() {
    accept(1);
    accept(2);
    assertThat(store.ids()).as("the key goes on").containsExactly("id-1", "id-2");
    assertThat(written()).containsExactly("A " + LIFE + " 1 id-1", "A " + LIFE + " 2 id-2");
    assertThat(lane.front()).isZero();
    assertThat(kafka.completeNext()).isTrue();
    assertThat(lane.front()).isEqualTo(1);
    assertThat(kafka.completeNext()).isTrue();
    assertThat(lane.front()).isEqualTo(2);
  }

  @Test
  void whatCouldNotBeWrittenDownIsWrittenLaterAndNotSentAgain() {
    accept(1);
    assertThat(kafka.errorNext(new NotEnoughReplicasException("no"))).isTrue();
    await().atMost(Duration.ofSeconds(10)).until(() -> written().size() == 2);
    assertThat(lane.front()).isZero();
    assertThat(kafka.completeNext()).isTrue();
    assertThat(lane.front()).isEqualTo(1);
    assertThat(written().get(1)).isEqualTo(written().get(0));
    assertThat(store.ids()).containsExactly("id-1");
  }

  @Test
  void anOffsetIsCommittedOnlyOnceItsSnapshotIsDurable() {
    accept(1);
    assertThat(kafka.completeNext()).isTrue();
    assertThat(checkpoint.tick()).isTrue();
    assertThat(written().get(1)).startsWith("S ").contains("\"offset\":1", LIFE);
    for (int second = 0; second < 3; second++) {
      clock.pass(Duration.ofSeconds(1));
      assertThat(checkpoint.tick()).isTrue();
      assertThat(committed()).isNull();
    }
    assertThat(kafka.completeNext()).isTrue();
    clock.pass(Duration.ofSeconds(1));
    assertThat(checkpoint.tick()).isTrue();
    assertThat(committed().offset()).isEqualTo(1);
  }
}
