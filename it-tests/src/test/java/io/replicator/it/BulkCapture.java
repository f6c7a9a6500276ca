package io.replicator.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Change;
import io.replicator.model.Flow;
import io.replicator.wire.Heartbeat;
import io.replicator.wire.Stamp;
import io.replicator.wire.WireFormat;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A bulk capture writes changes into a flow's topic at its origin as an agent's capture would, with
 * its stamps, its last heartbeats and its word in the status, but without a source: as fast as
 * Kafka takes them. To be used by one thread.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the callbacks keep what fails
final class BulkCapture implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofMinutes(15);
  private static final int KEYS_OF_A_PARTITION = 1_000;

  private final Flow flow;
  private final String topic;
  private final String bootstrap;
  private final KafkaProducer<byte[], byte[]> producer;
  private final String incarnation = Stamp.newIncarnation(Instant.now(), Stamp.newCapture());
  private final String topicId;
  private final long[] sent;
  private final AtomicLongArray durable;
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private final ScheduledExecutorService status = Executors.newSingleThreadScheduledExecutor();

  /**
   * @param bootstrap the Kafka of the flow's origin
   */
  BulkCapture(String bootstrap, Flow flow) throws ExecutionException, InterruptedException {
    this.bootstrap = bootstrap;
    this.flow = flow;
    this.topic = TopicNames.changes(flow);
    this.producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers", bootstrap,
                "acks", "all",
                "enable.idempotence", "true",
                "linger.ms", "20",
                "batch.size", "131072",
                "compression.type", "lz4"),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      var description = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
      topicId = description.topicId().toString();
      sent = new long[description.partitions().size()];
      durable = new AtomicLongArray(sent.length);
    }
    var unused = status.scheduleAtFixedRate(this::publish, 0, 1, TimeUnit.SECONDS);
  }

  /**
   * Returns how many partitions the topic has: those of key {@code k} are in {@code k} modulo it.
   */
  int partitions() {
    return sent.length;
  }

  /** Returns the key to which a change goes by its number: many, each in one partition. */
  int key(int number) {
    return number % (KEYS_OF_A_PARTITION * sent.length);
  }

  /** Returns a key that no number has. */
  int keyOfItsOwn() {
    return KEYS_OF_A_PARTITION * sent.length;
  }

  /** Writes a change of a key. */
  void write(int key, String body) {
    int partition = key % sent.length;
    long sequence = ++sent[partition];
    Change change =
        Change.upsert(
            incarnation + "-" + partition + "-" + sequence,
            "key-" + key,
            Instant.now(),
            new TreeMap<>(),
            body.getBytes(UTF_8));
    producer.send(
        new ProducerRecord<>(
            topic,
            partition,
            null,
            change.key().getBytes(UTF_8),
            change.payload(),
            WireFormat.encode(flow, change, new Stamp(incarnation, sequence))),
        (metadata, e) -> {
          if (e == null) {
            durable.set(partition, sequence);
          } else {
            failure.compareAndSet(null, e);
          }
        });
  }

  /**
   * Writes changes of many keys, numbered from 0, whose bodies begin with {@code run/number/};
   * returns when all are durable.
   */
  void write(String run, int count, int bytes) {
    String filler = "x".repeat(bytes);
    for (int number = 0; number < count; number++) {
      write(key(number), run + "/" + number + "/" + filler);
    }
    flush();
  }

  /** Waits until all is durable that was written. */
  void flush() {
    producer.flush();
    if (failure.get() != null) {
      throw new IllegalStateException("Kafka did not take a change", failure.get());
    }
  }

  /** Waits until another region's Kafka has all that was written. */
  void awaitMirrored(String there) throws ExecutionException, InterruptedException {
    long[] ends = ends(bootstrap);
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(500))
        .until(
            () -> {
              long[] now = ends(there);
              // The mirror may repeat some, so the topic there is as long or longer.
              return IntStream.range(0, ends.length).allMatch(i -> now[i] >= ends[i]);
            });
  }

  private long[] ends(String kafka) throws ExecutionException, InterruptedException {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka))) {
      Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
      IntStream.range(0, sent.length)
          .forEach(i -> latest.put(new TopicPartition(topic, i), OffsetSpec.latest()));
      Map<TopicPartition, ListOffsetsResultInfo> found = admin.listOffsets(latest).all().get();
      return IntStream.range(0, sent.length)
          .mapToLong(i -> found.get(new TopicPartition(topic, i)).offset())
          .toArray();
    }
  }

  private void publish() {
    long[] numbers = LongStream.range(0, sent.length).map(i -> durable.get((int) i)).toArray();
    Map<String, Object> capture =
        Map.of(
            "incarnation",
            incarnation,
            "sent",
            Arrays.stream(numbers).boxed().toList(),
            "waiting",
            0);
    Map<String, Object> word =
        Map.of(
            "format", 1,
            "region", flow.origin().name(),
            "agent", "bulk",
            "sentMillis", System.currentTimeMillis(),
            "captures", Map.of(flow.resource().toString(), capture));
    try {
      producer.send(
          new ProducerRecord<>(
              TopicNames.status(flow.origin()),
              0,
              "bulk".getBytes(UTF_8),
              JSON.writeValueAsBytes(word)),
          (metadata, e) -> failure.compareAndSet(null, e));
    } catch (JsonProcessingException e) {
      failure.compareAndSet(null, e);
    }
  }

  /** Says in each partition that no more will come. */
  @Override
  public void close() {
    status.shutdown();
    for (int partition = 0; partition < sent.length; partition++) {
      Heartbeat last =
          new Heartbeat(
              new Stamp(incarnation, sent[partition]),
              Instant.now(),
              Optional.empty(),
              Duration.ZERO,
              true,
              topicId);
      producer.send(
          new ProducerRecord<>(
              topic, partition, null, null, new byte[0], WireFormat.encode(flow, last)));
    }
    producer.close();
  }
}
