package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.model.Change;
import io.replicator.model.Flow;
import io.replicator.wire.DeadLetter;
import io.replicator.wire.Decoded;
import io.replicator.wire.Stamp;
import io.replicator.wire.WireFormat;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records that no agent wrote stand in the change topic; a dead letter is given back. */
@OnSharedRegions
class PoisonTest {
  private static final String RESOURCE = "poison";
  private static final Flow FLOW = Flow.parse("sqs/" + RESOURCE + "@us-east-1");
  private static final String TOPIC = "replicator.us-east-1.sqs." + RESOURCE;
  private static final String DEAD_LETTERS = "replicator-local.us-west-2.dead-letters";
  private static TwoRegions regions;

  @TempDir private Path folder;

  @BeforeAll
  static void start(TwoRegions shared) {
    regions = shared;
    regions.add(RESOURCE);
  }

  @AfterAll
  static void stop() {
    regions.remove(RESOURCE);
  }

  @Test
  void garbageAndDamageBecomeDeadLettersAndANewerFormatIsHeldWhileTheRestGoesOn() throws Exception {
    try (Postbox west = new Postbox(regions.queues(WEST), RESOURCE, 1)) {
      byte[] garbage = new byte[200];
      new Random(7).nextBytes(garbage);
      produce(0, garbage, garbage, null);
      Change change =
          Change.upsert("damaged-1", "damaged-1", Instant.now(), new TreeMap<>(), bytes("as sent"));
      Headers headers =
          WireFormat.encode(
              FLOW, change, new Stamp(Stamp.newIncarnation(Instant.now(), Stamp.newCapture()), 1));
      produce(1, bytes("damaged-1"), bytes("as damaged"), headers);

      List<Letter> letters = Letter.mixed("poison", 600, new Random(3));
      regions.queues(EAST).send(TwoRegions.source(RESOURCE), letters);
      west.awaitAll(letters);
      regions.awaitFlow(
          WEST,
          RESOURCE,
          EAST,
          Duration.ofSeconds(20),
          flow -> flow.number("DeadLettered") == 2 && flow.text("State").equals("RUNNING"));
      List<ConsumerRecord<byte[], byte[]>> dead = deadLetters();
      assertThat(dead).hasSize(2);
      assertThat(dead)
          .anySatisfy(letter -> assertThat(letter.value()).isEqualTo(garbage))
          .anySatisfy(
              letter -> {
                assertThat(header(letter, "dl_reason")).contains("checksum");
                assertThat(header(letter, "dl_flow")).isEqualTo(FLOW.toString());
                assertThat(header(letter, "ce_id")).isEqualTo("damaged-1");
              });

      replay(setAside(records(TOPIC, 0).stream().filter(PoisonTest::isChange).findFirst().get()));
      await()
          .atMost(Duration.ofMinutes(2))
          .until(() -> west.repeated() == 1 && west.faults().isEmpty());

      Headers newer =
          WireFormat.encode(
              FLOW, change, new Stamp(Stamp.newIncarnation(Instant.now(), Stamp.newCapture()), 1));
      newer.remove("ce_format").add("ce_format", bytes("99"));
      produce(2, bytes("damaged-1"), bytes("as sent"), newer);
      regions.awaitFlow(
          WEST,
          RESOURCE,
          EAST,
          Duration.ofSeconds(20),
          flow ->
              flow.text("State").equals("NEEDS_UPGRADE")
                  && flow.text("Reason").contains("99")
                  && flow.number("DeadLettered") == 2);
    }
  }

  private void produce(int partition, byte[] key, byte[] value, Headers headers) throws Exception {
    produce(new ProducerRecord<>(TOPIC, partition, null, key, value, headers));
  }

  private static boolean isChange(ConsumerRecord<byte[], byte[]> record) {
    return WireFormat.decode(record.headers(), record.key(), record.value())
        instanceof Decoded.Captured;
  }

  /** Returns the id of a dead letter like those that the agent writes. */
  private long setAside(ConsumerRecord<byte[], byte[]> record) throws Exception {
    DeadLetter letter =
        DeadLetter.of(FLOW, record, 1, "as if it failed", Optional.empty(), Instant.now());
    return produce(
        new ProducerRecord<>(
            DEAD_LETTERS, 0, null, record.key(), record.value(), letter.headers(record.headers())));
  }

  private void replay(long id) throws Exception {
    String file = regions.region(WEST).agent().configuration().toString();
    String letter = Long.toString(id);
    Command command =
        Command.run(folder, Map.of(), "dead-letters", "replay", letter, "--yes", "--config", file);
    assertThat(command.code()).as(command.output()).isZero();
    assertThat(command.output()).contains("1 dead letter replayed");
  }

  private long produce(ProducerRecord<byte[], byte[]> record) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", regions.region(WEST).broker().bootstrap()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      return producer.send(record).get().offset();
    }
  }

  private List<ConsumerRecord<byte[], byte[]>> deadLetters() {
    return records(DEAD_LETTERS, 0);
  }

  private static List<ConsumerRecord<byte[], byte[]>> records(String topic, int partition) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", regions.region(WEST).broker().bootstrap()),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      TopicPartition place = new TopicPartition(topic, partition);
      consumer.assign(List.of(place));
      consumer.seekToBeginning(List.of(place));
      List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
      long end = consumer.endOffsets(List.of(place)).get(place);
      while (consumer.position(place) < end) {
        consumer.poll(Duration.ofSeconds(1)).forEach(records::add);
      }
      return records;
    }
  }

  private static String header(ConsumerRecord<byte[], byte[]> letter, String name) {
    return new String(letter.headers().lastHeader(name).value(), UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
