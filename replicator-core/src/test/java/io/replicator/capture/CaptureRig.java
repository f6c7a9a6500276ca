package io.replicator.capture;

import static io.replicator.fixture.FakeSource.change;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.fixture.FakeSource;
import io.replicator.fixture.KafkaBroker;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicIds;
import io.replicator.kafka.TopicNames;
import io.replicator.kafka.Topics;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Clocks;
import io.replicator.model.Flow;
import io.replicator.spi.StoreResource.Door;
import io.replicator.timer.Timer;
import io.replicator.wire.Decoded;
import io.replicator.wire.Heartbeat;
import io.replicator.wire.Stamp;
import io.replicator.wire.WireFormat;
import io.replicator.wire.Written;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.awaitility.core.ConditionFactory;

/**
 * The rig of the capture tests: one flow with a topic of its own, of two partitions, on a shared
 * broker, and its capture under test.
 */
final class CaptureRig implements AutoCloseable {
  private static final AtomicInteger FLOWS = new AtomicInteger();
  private static final int TIMER_THREADS = 2;

  final Flow flow = Flow.parse("sqs/q" + FLOWS.incrementAndGet() + "@us-east-1");
  final FakeSource source = new FakeSource();
  final Conditions conditions = new Conditions("test");
  final Figures figures;
  final KafkaClients kafka;
  final Admin admin;
  final Capture capture;
  private final Timer timer = new Timer(TIMER_THREADS);
  private final TopicIds ids;

  /** Opens the rig on a broker that is up, and starts the capture. */
  CaptureRig(KafkaBroker broker, Clocks clocks) {
    this(broker, clocks, Capture.MOST_PENDING_BYTES);
  }

  CaptureRig(KafkaBroker broker, Clocks clocks, long mostBytes) {
    this(broker, clocks, mostBytes, source -> source);
  }

  /** Opens the rig with another door to its source. */
  CaptureRig(
      KafkaBroker broker, Clocks clocks, long mostBytes, Function<FakeSource, Door.Changes> door) {
    kafka = new KafkaClients(Map.of("bootstrap.servers", broker.bootstrapServers()), "test");
    admin = kafka.admin();
    figures = new Figures(clocks.wall());
    ids = new TopicIds(admin, Map.of(topic(), createTopic()), timer);
    capture =
        new Capture(
            Stamp.newCapture(),
            flow,
            topic(),
            2,
            () -> ids.get(topic()),
            OptionalLong.empty(),
            mostBytes,
            kafka,
            timer,
            clocks,
            figures,
            conditions);
    capture.start(door.apply(source));
  }

  /** Keeps the capture's timer busy, so that what is left to it waits, until the latch opens. */
  void occupyTimer(CountDownLatch until) throws InterruptedException {
    CountDownLatch busy = new CountDownLatch(TIMER_THREADS);
    for (int thread = 0; thread < TIMER_THREADS; thread++) {
      timer.now(
          () -> {
            busy.countDown();
            try {
              until.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
    }
    busy.await();
  }

  /** Tells whether a producer of the capture still talks to Kafka. */
  boolean producing() {
    String name = "kafka-producer-network-thread | test-capture-" + flow.resource().name();
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals(name));
  }

  String topic() {
    return TopicNames.changes(flow);
  }

  /** Makes sure that the change topic exists; returns its id. */
  String createTopic() {
    return new Topics(admin, 1, 1, Duration.ofDays(14)).ensureMirrored(topic(), 2, "");
  }

  /** Returns the name of the present incarnation, "" if there is none. */
  String incarnation() {
    return capture.written().map(Written::incarnation).orElse("");
  }

  List<Decoded> written() {
    List<Decoded> decoded = new ArrayList<>();
    try (var consumer = kafka.assignedConsumer("written")) {
      List<TopicPartition> all =
          List.of(new TopicPartition(topic(), 0), new TopicPartition(topic(), 1));
      consumer.assign(all);
      consumer.seekToBeginning(all);
      Map<TopicPartition, Long> ends = consumer.endOffsets(all);
      while (all.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
        consumer
            .poll(Duration.ofMillis(100))
            .forEach(
                line -> decoded.add(WireFormat.decode(line.headers(), line.key(), line.value())));
      }
    }
    return decoded;
  }

  List<Decoded.Captured> changes() {
    return written().stream()
        .filter(Decoded.Captured.class::isInstance)
        .map(Decoded.Captured.class::cast)
        .toList();
  }

  List<Heartbeat> beats() {
    return written().stream()
        .filter(Decoded.Beat.class::isInstance)
        .map(one -> ((Decoded.Beat) one).heartbeat())
        .toList();
  }

  List<CompletableFuture<Void>> offer(int from, int to, int keys) {
    List<CompletableFuture<Void>> offers = new ArrayList<>();
    for (int i = from; i < to; i++) {
      offers.add(source.offer(change("id-" + i, "k" + i % keys)));
    }
    return offers;
  }

  /** Returns the ids of each key in the order of their first appearance, repeats left out. */
  static Map<String, List<String>> idsByKey(List<Decoded.Captured> changes) {
    Map<String, List<String>> ids = new TreeMap<>();
    for (Decoded.Captured one : changes) {
      List<String> ofKey = ids.computeIfAbsent(one.change().key(), key -> new ArrayList<>());
      if (!ofKey.contains(one.change().id())) {
        ofKey.add(one.change().id());
      }
    }
    return ids;
  }

  static Map<String, List<String>> expected(int count, int keys) {
    Map<String, List<String>> ids = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      ids.computeIfAbsent("k" + i % keys, key -> new ArrayList<>()).add("id-" + i);
    }
    return ids;
  }

  static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(50));
  }

  static void awaitAll(List<CompletableFuture<Void>> offers) {
    soon().until(() -> offers.stream().allMatch(CompletableFuture::isDone));
    assertThat(offers).noneMatch(CompletableFuture::isCompletedExceptionally);
  }

  void limit(int bytes) throws Exception {
    configure("max.message.bytes", bytes);
  }

  /** Changes a setting of the change topic. */
  void configure(String name, int value) throws Exception {
    ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, topic());
    ConfigEntry entry = new ConfigEntry(name, Integer.toString(value));
    admin
        .incrementalAlterConfigs(
            Map.of(topic, List.of(new AlterConfigOp(entry, AlterConfigOp.OpType.SET))))
        .all()
        .get();
  }

  @Override
  public void close() {
    capture.close();
    ids.close();
    timer.close();
    admin.close(Duration.ofSeconds(1));
  }
}
