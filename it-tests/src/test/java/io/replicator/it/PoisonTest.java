package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.Change;
import io.replicator.model.Flow;
import io.replicator.wire.Stamp;
import io.replicator.wire.WireFormat;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

/** Records that no agent wrote stand in the change topic. */
@OnSharedRegions
class PoisonTest {
  private static final String RESOURCE = "poison";
  private static final Flow FLOW = Flow.parse("sqs/" + RESOURCE + "@us-east-1");
  private static final String TOPIC = "replicator.us-east-1.sqs." + RESOURCE;
  private static TwoRegions regions;

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
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", regions.region(WEST).broker().bootstrap()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(TOPIC, partition, null, key, value, headers)).get();
    }
  }

  private List<ConsumerRecord<byte[], byte[]>> deadLetters() {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", regions.region(WEST).broker().bootstrap()),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      TopicPartition place = new TopicPartition("replicator-local.us-west-2.dead-letters", 0);
      consumer.assign(List.of(place));
      consumer.seekToBeginning(List.of(place));
      List<ConsumerRecord<byte[], byte[]>> dead = new ArrayList<>();
      long end = consumer.endOffsets(List.of(place)).get(place);
      while (consumer.position(place) < end) {
        consumer.poll(Duration.ofSeconds(1)).forEach(dead::add);
      }
      return dead;
    }
  }

  private static String header(ConsumerRecord<byte[], byte[]> letter, String name) {
    return new String(letter.headers().lastHeader(name).value(), UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
