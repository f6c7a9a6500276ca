package io.replicator.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.fixture.KafkaBroker;
import io.replicator.model.FlowState;
import io.replicator.spi.TopicFeed;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a store's notifications in a topic tell is handed on, or its loss is told. */
class GroupFeedTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final CompletionStage<Void> DONE = CompletableFuture.completedFuture(null);
  private static KafkaBroker broker;
  private static KafkaClients kafka;
  private static Admin admin;
  private static Producer<byte[], byte[]> producer;
  private static int topics;

  private final String topic = "notifications" + ++topics;
  private final TopicPartition place = new TopicPartition(topic, 0);
  private final String group = "feed." + topic;
  private final List<String> read = new CopyOnWriteArrayList<>();
  private Optional<TopicFeed.Reading> reading = Optional.empty();

  @BeforeAll
  static void startBroker() {
    broker = KafkaBroker.started();
    kafka =
        new KafkaClients(
            Map.of("bootstrap.servers", broker.bootstrapServers(), "max.poll.interval.ms", "5000"),
            "test");
    admin = kafka.admin();
    producer = kafka.producer("test");
  }

  @AfterAll
  static void stopBroker() {
    producer.close();
    admin.close();
    broker.close();
  }

  @BeforeEach
  void createTopic() throws Exception {
    admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
  }

  @AfterEach
  void close() {
    reading.ifPresent(TopicFeed.Reading::close);
  }

  private TopicFeed.Reading open(CompletionStage<Void> done) {
    Function<byte[], CompletionStage<Void>> handler =
        value -> {
          read.add(new String(value, UTF_8));
          return done;
        };
    TopicFeed.Reading opened =
        new GroupFeed(kafka, "feed", InstantSource.system()).read(topic, handler);
    reading = Optional.of(opened);
    return opened;
  }

  private void write(String... values) throws Exception {
    for (String value : values) {
      producer.send(new ProducerRecord<>(topic, 0, null, value.getBytes(UTF_8))).get();
    }
  }

  private void awaitRead(String... values) {
    await().atMost(LONG).untilAsserted(() -> assertThat(read).containsExactly(values));
  }

  private void awaitCommitted(long offset) {
    await()
        .atMost(LONG)
        .untilAsserted(
            () ->
                assertThat(
                        admin
                            .listConsumerGroupOffsets(group)
                            .partitionsToOffsetAndMetadata()
                            .get()
                            .get(place)
                            .offset())
                    .isEqualTo(offset));
  }

  /** Three are read and committed, and the reader is gone. */
  private void threeRead() throws Exception {
    write("a", "b", "c");
    TopicFeed.Reading first = open(DONE);
    awaitRead("a", "b", "c");
    awaitCommitted(3);
    first.close();
    read.clear();
  }

  private static void assertLost(TopicFeed.Reading reading, String topic) {
    assertThat(reading.status().condition())
        .satisfies(
            it -> {
              assertThat(it.state()).isEqualTo(FlowState.DEGRADED);
              assertThat(it.reason()).contains(topic);
              assertThat(it.hint()).contains("replicator backfill");
            });
  }

  @Test
  void whatWasPurgedBeforeItWasReadIsToldAndWhatIsLeftIsRead() throws Exception {
    threeRead();
    write("d", "e");
    admin.deleteRecords(Map.of(place, RecordsToDelete.beforeOffset(4))).all().get();
    TopicFeed.Reading second = open(DONE);
    awaitRead("e");
    awaitCommitted(5);
    assertLost(second, topic);
    write("f");
    awaitRead("e", "f");
    awaitCommitted(6);
    assertLost(second, topic);
  }

  @Test
  void whatWasLostIsToldNoLongerOnceItIsAccepted() throws Exception {
    threeRead();
    write("d", "e");
    admin.deleteRecords(Map.of(place, RecordsToDelete.beforeOffset(4))).all().get();
    TopicFeed.Reading second = open(DONE);
    awaitRead("e");
    assertLost(second, topic);
    second.acceptGap();
    await().atMost(LONG).until(() -> second.status().condition().state() == FlowState.RUNNING);
    write("f");
    awaitRead("e", "f");
    awaitCommitted(6);
    assertThat(second.status().condition().state()).isEqualTo(FlowState.RUNNING);
  }

  @Test
  void whatWasLostIsToldByTheNextReaderTooUntilItIsAccepted() throws Exception {
    threeRead();
    write("d", "e");
    admin.deleteRecords(Map.of(place, RecordsToDelete.beforeOffset(4))).all().get();
    TopicFeed.Reading second = open(DONE);
    awaitCommitted(5);
    second.close();
    TopicFeed.Reading third = open(DONE);
    await().atMost(LONG).untilAsserted(() -> assertLost(third, topic));
    third.acceptGap();
    await().atMost(LONG).until(() -> third.status().condition().state() == FlowState.RUNNING);
    third.close();
    TopicFeed.Reading fourth = open(DONE);
    await().atMost(LONG).until(() -> fourth.status().deliveredUpTo().isPresent());
    assertThat(fourth.status().condition().state()).isEqualTo(FlowState.RUNNING);
    awaitCommitted(5);
  }

  /** The brokers give its reader no partition and no error, which is not: nothing to read. */
  @Test
  void aTopicThatIsNotThereIsBlockedAndNothingCountsAsDelivered() {
    TopicFeed.Reading missing =
        new GroupFeed(kafka, "feed", InstantSource.system()).read("no-" + topic, value -> DONE);
    reading = Optional.of(missing);
    await().atMost(LONG).until(() -> missing.status().condition().state() == FlowState.BLOCKED);
    assertThat(missing.status().condition().reason()).contains("no-" + topic);
    assertThat(missing.status().deliveredUpTo()).isEmpty();
  }

  @Test
  void aTopicThatHoldsLessThanWasReadIsReadFromItsBeginningAndTold() throws Exception {
    threeRead();
    await()
        .atMost(LONG)
        .ignoreExceptions()
        .until(
            () -> {
              // As where the topic came back from a copy: its group must be empty for that.
              admin
                  .alterConsumerGroupOffsets(group, Map.of(place, new OffsetAndMetadata(100)))
                  .all()
                  .get();
              return true;
            });
    TopicFeed.Reading second = open(DONE);
    awaitRead("a", "b", "c");
    awaitCommitted(3);
    assertLost(second, topic);
  }

  @Test
  void aTopicThatIsDeletedAndCreatedAgainIsTold() throws Exception {
    write("a", "b", "c");
    TopicFeed.Reading first = open(DONE);
    awaitRead("a", "b", "c");
    awaitCommitted(3);
    read.clear();
    admin.deleteTopics(List.of(topic)).all().get();
    await().atMost(LONG).until(() -> first.status().condition().state() == FlowState.BLOCKED);
    await()
        .atMost(LONG)
        .ignoreExceptions()
        .until(
            () -> {
              createTopic();
              return true;
            });
    write("d");
    awaitRead("d");
    awaitCommitted(1);
    await().atMost(LONG).untilAsserted(() -> assertLost(first, topic));
  }

  @Test
  void whatGoesOnWhereItWasLeftIsFine() throws Exception {
    threeRead();
    write("d");
    TopicFeed.Reading second = open(DONE);
    awaitRead("d");
    awaitCommitted(4);
    await().atMost(LONG).until(() -> second.status().deliveredUpTo().isPresent());
    assertThat(second.status().condition().state()).isEqualTo(FlowState.RUNNING);
    assertThat(second.status().waiting()).hasValue(0);
  }

  @Test
  void nothingCountsAsDeliveredBeforeTheBrokersWereAsked() throws Exception {
    write("a");
    TopicFeed.Reading first = open(new CompletableFuture<>());
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(10))
        .until(
            () -> {
              assertThat(first.status().deliveredUpTo()).isEmpty();
              return !read.isEmpty();
            });
    assertThat(first.status().deliveredUpTo()).isEmpty();
  }

  @Test
  void aReaderWhoseNotificationsWaitStaysAMemberAndIsNotHandedThemAgain() throws Exception {
    CompletableFuture<Void> paused = new CompletableFuture<>();
    write("a");
    open(paused);
    awaitRead("a");
    String member = member().orElseThrow();
    write("b");
    await()
        .during(Duration.ofSeconds(12))
        .atMost(LONG)
        .failFast(() -> assertThat(member()).hasValue(member))
        .until(() -> read.equals(List.of("a")));
    paused.complete(null);
    awaitRead("a", "b");
    awaitCommitted(2);
  }

  private Optional<String> member() throws Exception {
    return admin
        .describeConsumerGroups(List.of(group))
        .describedGroups()
        .get(group)
        .get()
        .members()
        .stream()
        .map(MemberDescription::consumerId)
        .findFirst();
  }
}
