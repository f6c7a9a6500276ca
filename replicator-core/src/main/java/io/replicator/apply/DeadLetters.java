package io.replicator.apply;

import io.replicator.model.Flow;
import io.replicator.wire.DeadLetter;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;

/** Dead letters are changes set aside with their reason, in a topic of the region. */
public final class DeadLetters {
  private final String topic;
  private final Producer<byte[], byte[]> producer;
  private final InstantSource clock;

  /**
   * @param topic the region's topic of dead letters
   * @param producer of the local Kafka; shared
   */
  public DeadLetters(String topic, Producer<byte[], byte[]> producer, InstantSource clock) {
    this.topic = topic;
    this.producer = producer;
    this.clock = clock;
  }

  /**
   * Has the producer learn of the topic, after which nothing here blocks. Blocks.
   *
   * @throws KafkaException if Kafka does not tell
   */
  void learn() {
    producer.partitionsFor(topic);
  }

  /**
   * Sets a record aside; the stage completes when that is durable.
   *
   * @param why what was thrown, if anything was
   * @param writes is told of it; partitions are not told apart, for any will do
   */
  @SuppressWarnings("FutureReturnValueIgnored") // the callback says the same
  CompletionStage<Void> add(
      Flow flow,
      ConsumerRecord<byte[], byte[]> message,
      int attempts,
      String reason,
      Optional<Throwable> why,
      LocalWrites writes) {
    Headers headers =
        DeadLetter.of(flow, message, attempts, reason, why, clock.instant())
            .headers(message.headers());
    CompletableFuture<Void> durable = new CompletableFuture<>();
    try {
      producer.send(
          new ProducerRecord<>(topic, null, message.key(), message.value(), headers),
          (metadata, failure) -> {
            if (failure == null) {
              durable.complete(null);
            } else {
              durable.completeExceptionally(failure);
            }
          });
    } catch (KafkaException | IllegalStateException e) {
      durable.completeExceptionally(e);
    }
    return writes.watch(new TopicPartition(topic, 0), durable);
  }
}
