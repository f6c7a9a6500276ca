package io.replicator.mirror;

import static org.awaitility.Awaitility.await;

import io.replicator.fixture.KafkaBroker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A test's own clients on one side of the mirror. */
final class KafkaSide implements AutoCloseable {
  private static final ByteArraySerializer TO_BYTES = new ByteArraySerializer();
  private static final ByteArrayDeserializer FROM_BYTES = new ByteArrayDeserializer();

  private final Map<String, Object> options;
  private final Admin admin;
  private final KafkaProducer<byte[], byte[]> producer;

  KafkaSide(KafkaBroker broker) {
    this(Map.of("bootstrap.servers", broker.bootstrapServers()));
  }

  KafkaSide(Map<String, String> options) {
    this.options = Map.copyOf(options);
    admin = Admin.create(this.options);
    producer = new KafkaProducer<>(with(Map.of("max.request.size", 4 << 20)), TO_BYTES, TO_BYTES);
  }

  private Map<String, Object> with(Map<String, Object> more) {
    Map<String, Object> all = new HashMap<>(options);
    all.putAll(more);
    return all;
  }

  void createTopic(String topic, int partitions) throws Exception {
    NewTopic created =
        new NewTopic(topic, partitions, (short) 1)
            .configs(Map.of("max.message.bytes", Integer.toString(4 << 20)));
    admin.createTopics(List.of(created)).all().get();
  }

  Set<String> topics() throws Exception {
    return admin.listTopics().names().get();
  }

  int partitions(String topic) throws Exception {
    return admin
        .describeTopics(List.of(topic))
        .allTopicNames()
        .get()
        .get(topic)
        .partitions()
        .size();
  }

  void send(ProducerRecord<byte[], byte[]> record) throws ExecutionException, InterruptedException {
    producer.send(record).get();
  }

  void sendAndAbort(ProducerRecord<byte[], byte[]> record) throws Exception {
    Map<String, Object> transactional =
        with(Map.of("transactional.id", UUID.randomUUID().toString()));
    try (var aborting = new KafkaProducer<>(transactional, TO_BYTES, TO_BYTES)) {
      aborting.initTransactions();
      aborting.beginTransaction();
      aborting.send(record).get();
      aborting.abortTransaction();
    }
  }

  /** Returns all records of a topic, once there are as many as expected. */
  List<ConsumerRecord<byte[], byte[]>> read(String topic, int least, Duration limit) {
    Map<String, Object> reading =
        with(Map.of("auto.offset.reset", "earliest", "isolation.level", "read_committed"));
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    await().atMost(limit).ignoreExceptions().until(() -> topics().contains(topic));
    try (var consumer = new KafkaConsumer<>(reading, FROM_BYTES, FROM_BYTES)) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(partition -> new TopicPartition(topic, partition.partition()))
              .toList();
      consumer.assign(partitions);
      await()
          .atMost(limit)
          .until(
              () -> {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
                return records.size() >= least;
              });
    }
    return records;
  }

  @Override
  public void close() {
    producer.close(Duration.ZERO);
    admin.close(Duration.ZERO);
  }
}
