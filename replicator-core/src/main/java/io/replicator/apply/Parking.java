package io.replicator.apply;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.wire.Parked;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;

/**
 * The parking of a flow is the local topic in which changes of failing keys wait, in the partition
 * that they came from. Thread-safe.
 */
final class Parking {
  private final String topic;
  private final Producer<byte[], byte[]> producer;
  private final LocalWrites writes;

  /**
   * @param producer of the local Kafka; shared
   * @param writes is told of each write
   */
  Parking(String topic, Producer<byte[], byte[]> producer, LocalWrites writes) {
    this.topic = topic;
    this.producer = producer;
    this.writes = writes;
  }

  /**
   * Has the producer learn of the topic, after which nothing here blocks. Blocks.
   *
   * @throws KafkaException if Kafka does not tell
   */
  void learn() {
    producer.partitionsFor(topic);
  }

  /** Parks a record of the change topic; the stage completes with its offset when it is durable. */
  CompletionStage<Long> park(ConsumerRecord<byte[], byte[]> message, Parked.Failure why) {
    Parked parked =
        Parked.of(
            Parked.place(message.topic(), message.partition(), message.offset()),
            message.key(),
            message.value(),
            message.headers(),
            why);
    return send(
        message.partition(), parked.recordKey(), parked.recordValue(), parked.recordHeaders());
  }

  /** Ends what waits under a place; the stage completes when that is durable. */
  CompletionStage<Long> end(int partition, String place, byte[] key) {
    return send(partition, place.getBytes(UTF_8), null, Parked.ending(key));
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the callback says the same
  private CompletionStage<Long> send(int partition, byte[] key, byte[] value, Headers headers) {
    CompletableFuture<Long> durable = new CompletableFuture<>();
    try {
      producer.send(
          new ProducerRecord<>(topic, partition, key, value, headers),
          (metadata, failure) -> {
            if (failure == null) {
              durable.complete(metadata.offset());
            } else {
              durable.completeExceptionally(failure);
            }
          });
    } catch (KafkaException | IllegalStateException e) {
      durable.completeExceptionally(e);
    }
    return writes.watch(new TopicPartition(topic, partition), durable);
  }
}
