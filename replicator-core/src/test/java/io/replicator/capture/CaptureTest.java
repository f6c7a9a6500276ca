package io.replicator.capture;

import static io.replicator.fixture.FakeSource.change;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.replicator.fixture.FakeSource;
import io.replicator.fixture.KafkaBroker;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.kafka.Topics;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Change;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import io.replicator.spi.ReplicationException;
import io.replicator.timer.Timer;
import io.replicator.wire.Decoded;
import io.replicator.wire.Heartbeat;
import io.replicator.wire.Stamp;
import io.replicator.wire.WireFormat;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CaptureTest {
  private static KafkaBroker broker;
  private static int flows;
  private final Flow flow = Flow.parse("sqs/q" + ++flows + "@us-east-1");
  private final Timer timer = new Timer(2);
  private final FakeSource source = new FakeSource();
  private final Conditions conditions = new Conditions("test");
  private KafkaClients kafka;
  private Admin admin;
  private Capture capture;

  @BeforeAll
  static void startBroker() {
    broker = KafkaBroker.started();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @BeforeEach
  void open() {
    broker.start();
    kafka = new KafkaClients(Map.of("bootstrap.servers", broker.bootstrapServers()), "test");
    admin = kafka.admin();
    String id =
        new Topics(admin, 1, 1, Duration.ofDays(14))
            .ensureMirrored(TopicNames.changes(flow), 2, "");
    capture =
        new Capture(
            flow,
            2,
            id,
            OptionalLong.empty(),
            Capture.MOST_PENDING_BYTES,
            kafka,
            timer,
            InstantSource.system(),
            new Figures(InstantSource.system()),
            conditions);
    capture.start(source);
  }

  @AfterEach
  void close() {
    capture.close();
    timer.close();
    admin.close(Duration.ofSeconds(1));
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(50));
  }

  private List<Decoded> written() {
    List<Decoded> decoded = new ArrayList<>();
    try (var consumer = kafka.assignedConsumer("written")) {
      List<TopicPartition> all =
          List.of(
              new TopicPartition(TopicNames.changes(flow), 0),
              new TopicPartition(TopicNames.changes(flow), 1));
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

  private List<Decoded.Captured> changes() {
    return written().stream()
        .filter(Decoded.Captured.class::isInstance)
        .map(Decoded.Captured.class::cast)
        .toList();
  }

  private List<Heartbeat> beats() {
    return written().stream()
        .filter(Decoded.Beat.class::isInstance)
        .map(one -> ((Decoded.Beat) one).heartbeat())
        .toList();
  }

  private List<CompletableFuture<Void>> offer(int from, int to, int keys) {
    List<CompletableFuture<Void>> offers = new ArrayList<>();
    for (int i = from; i < to; i++) {
      offers.add(source.offer(change("id-" + i, "k" + i % keys)));
    }
    return offers;
  }

  /** Returns the ids of each key in the order of their first appearance, repeats left out. */
  private static Map<String, List<String>> idsByKey(List<Decoded.Captured> changes) {
    Map<String, List<String>> ids = new TreeMap<>();
    for (Decoded.Captured one : changes) {
      List<String> ofKey = ids.computeIfAbsent(one.change().key(), key -> new ArrayList<>());
      if (!ofKey.contains(one.change().id())) {
        ofKey.add(one.change().id());
      }
    }
    return ids;
  }

  private static Map<String, List<String>> expected(int count, int keys) {
    Map<String, List<String>> ids = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      ids.computeIfAbsent("k" + i % keys, key -> new ArrayList<>()).add("id-" + i);
    }
    return ids;
  }

  private static void awaitAll(List<CompletableFuture<Void>> offers) {
    soon().until(() -> offers.stream().allMatch(CompletableFuture::isDone));
    assertThat(offers).noneMatch(CompletableFuture::isCompletedExceptionally);
  }

  @Test
  void changesOfAKeyKeepTheOrderOfTheirOffersAndEveryNumberIsGivenOnce() {
    awaitAll(offer(0, 2_000, 50));
    List<Decoded.Captured> changes = changes();
    assertThat(changes).hasSize(2_000);
    assertThat(idsByKey(changes)).isEqualTo(expected(2_000, 50));
    assertThat(numbers(changes)).containsExactlyElementsOf(List.of(2_000L));
    assertThat(capture.pendingCount()).isZero();
  }

  @Test
  void nothingIsReadyWhileKafkaIsDownAndWhatWasOfferedBecomesDurableAfterwards() {
    awaitAll(offer(0, 10, 5));
    broker.stop();
    List<CompletableFuture<Void>> offers = offer(10, 200, 5);
    soon().until(() -> conditions.present().state() == FlowState.BLOCKED);
    CompletableFuture<Void> ready = source.ready();
    await().during(Duration.ofSeconds(2)).until(() -> !ready.isDone());
    assertThat(offers).noneMatch(CompletableFuture::isDone);
    broker.start();
    awaitAll(offers);
    soon().until(ready::isDone);
    soon().until(() -> conditions.present().state() == FlowState.RUNNING);
    assertThat(idsByKey(changes())).isEqualTo(expected(200, 5));
  }

  @Test
  void closingWhileKafkaIsDownTakesABoundedTime() {
    awaitAll(offer(0, 10, 5));
    broker.stop();
    List<CompletableFuture<Void>> offers = offer(10, 50, 5);
    long begin = System.nanoTime();
    capture.close();
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(12));
    assertThat(source.closed()).isTrue();
    assertThat(offers).allMatch(CompletableFuture::isCompletedExceptionally);
    assertThat(source.ready()).isCompletedExceptionally();
  }

  @Test
  void aChangeThatIsTooLargeIsPoisonAndTheOthersPass() {
    Change large = Change.upsert("large", "k", Instant.EPOCH, new TreeMap<>(), new byte[3 << 20]);
    assertThatThrownBy(() -> source.offer(large).get())
        .cause()
        .isInstanceOfSatisfying(
            ReplicationException.class,
            e -> assertThat(e.kind()).isEqualTo(ReplicationException.Kind.POISON));
    awaitAll(offer(0, 10, 5));
  }

  @Test
  void aFailedSendEndsTheIncarnationAndWhatIsKeptIsSentAgainInOrder() throws Exception {
    awaitAll(offer(0, 10, 2));
    limit(80_000);
    List<CompletableFuture<Void>> offers = new ArrayList<>(offer(10, 20, 2));
    byte[] noise = new byte[100_000];
    new java.util.Random(1).nextBytes(noise);
    CompletableFuture<Void> large =
        source.offer(Change.upsert("large", "k0", Instant.EPOCH, new TreeMap<>(), noise));
    offers.addAll(offer(20, 300, 2));
    soon().until(large::isDone);
    assertThatThrownBy(large::get)
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            ReplicationException.class,
            e -> assertThat(e.kind()).isEqualTo(ReplicationException.Kind.POISON));
    awaitAll(offers);
    List<Decoded.Captured> changes = changes();
    assertThat(changes.stream().map(one -> one.stamp().incarnation()).distinct().count())
        .isGreaterThan(1);
    assertThat(idsByKey(changes)).isEqualTo(expected(300, 2));
    // No hole: what stood behind the failed record was not written under its old number.
    assertThat(numbers(changes).stream().mapToLong(Long::longValue).sum())
        .isEqualTo(changes.size());
  }

  /** Checks that each incarnation counts without a hole; returns how many changes each wrote. */
  private static List<Long> numbers(List<Decoded.Captured> changes) {
    Map<String, Long> totals = new TreeMap<>();
    Map<String, Long> last = new HashMap<>();
    for (Decoded.Captured one : changes) {
      String life = one.stamp().incarnation();
      long next = last.merge(life + partition(one.change().key()), 1L, Long::sum);
      assertThat(one.stamp().sequence()).isEqualTo(next);
      totals.merge(life, 1L, Long::sum);
    }
    return List.copyOf(totals.values());
  }

  private static int partition(String key) {
    byte[] bytes = key.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    return org.apache.kafka.common.utils.Utils.toPositive(
            org.apache.kafka.common.utils.Utils.murmur2(bytes))
        % 2;
  }

  private void limit(int bytes) throws Exception {
    ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, TopicNames.changes(flow));
    ConfigEntry entry = new ConfigEntry("max.message.bytes", Integer.toString(bytes));
    admin
        .incrementalAlterConfigs(
            Map.of(topic, List.of(new AlterConfigOp(entry, AlterConfigOp.OpType.SET))))
        .all()
        .get();
  }

  @Test
  void heartbeatsCarryTheSourcesTimeAndTheLastNumbersAndTheLastOneSaysGoodbye() {
    Instant upTo = Instant.parse("2026-01-01T00:00:07Z");
    source.deliveredUpTo(upTo);
    awaitAll(offer(0, 100, 10));
    soon()
        .until(
            () ->
                beats().stream()
                        .filter(beat -> beat.upTo().isPresent())
                        .mapToLong(beat -> beat.last().sequence())
                        .distinct()
                        .sum()
                    >= 100);
    assertThat(beats().stream().flatMap(beat -> beat.upTo().stream()).distinct())
        .containsExactly(upTo);
    assertThat(beats()).noneMatch(Heartbeat::closing);
    Map.Entry<String, long[]> sent = capture.sequences().orElseThrow();
    assertThat(sent.getValue()[0] + sent.getValue()[1]).isEqualTo(100);
    capture.close();
    List<Heartbeat> closing = beats().stream().filter(Heartbeat::closing).toList();
    assertThat(closing)
        .extracting(Heartbeat::last)
        .containsExactlyInAnyOrder(
            new Stamp(sent.getKey(), sent.getValue()[0]),
            new Stamp(sent.getKey(), sent.getValue()[1]));
  }

  @Test
  void aPausedCaptureLetsNobodyReadAndResumes() {
    soon().until(() -> source.ready().isDone());
    capture.setPaused(true);
    CompletableFuture<Void> ready = source.ready();
    await().during(Duration.ofSeconds(1)).until(() -> !ready.isDone());
    capture.setPaused(false);
    soon().until(ready::isDone);
    assertThat(ready).isNotCompletedExceptionally();
  }

  @Test
  void whatIsOfferedFromAnOutcomeNeverMeetsALock() throws Exception {
    // Each durable change offers the next one, on the producer's thread, also when a send fails.
    CompletableFuture<Void> end = new CompletableFuture<>();
    chain(0, end);
    limit(80_000);
    byte[] noise = new byte[100_000];
    new java.util.Random(1).nextBytes(noise);
    CompletableFuture<Void> large =
        source.offer(Change.upsert("large", "k0", Instant.EPOCH, new TreeMap<>(), noise));
    soon().until(large::isDone);
    soon().until(end::isDone);
    capture.close();
    assertThat(source.offer(change("late", "k"))).isCompletedExceptionally();
    assertThatThrownBy(() -> source.offer(change("late", "k")).get())
        .isInstanceOf(CancellationException.class);
  }

  private void chain(int number, CompletableFuture<Void> end) {
    if (number == 300) {
      end.complete(null);
      return;
    }
    CompletableFuture<Void> next =
        source.offer(change("id-" + number, "k")).thenRun(() -> chain(number + 1, end));
    assertThat(next).isNotCancelled();
  }
}
