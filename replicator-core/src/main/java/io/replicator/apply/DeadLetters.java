package io.replicator.apply;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.model.Flow;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * Dead letters are changes set aside with their reason: the record as it was, key, value and
 * headers, and what is known of the failure in {@code dl_*} headers.
 */
public final class DeadLetters {
  private static final String FORMAT = "1";
  private static final int MOST_REASON = 4_000;

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

  /** Sets a record aside; the stage completes when that is durable. */
  @SuppressWarnings("FutureReturnValueIgnored") // the callback says the same
  CompletionStage<Void> add(
      Flow flow, ConsumerRecord<byte[], byte[]> message, int attempts, String reason) {
    Headers headers = new RecordHeaders(message.headers().toArray());
    headers.add("dl_format", FORMAT.getBytes(UTF_8));
    headers.add("dl_flow", flow.toString().getBytes(UTF_8));
    headers.add("dl_reason", shortened(reason).getBytes(UTF_8));
    headers.add("dl_attempts", Integer.toString(attempts).getBytes(UTF_8));
    headers.add("dl_time", clock.instant().toString().getBytes(UTF_8));
    headers.add("dl_position", (message.partition() + ":" + message.offset()).getBytes(UTF_8));
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
    return durable;
  }

  private static String shortened(String reason) {
    return reason.length() <= MOST_REASON ? reason : reason.substring(0, MOST_REASON) + "…";
  }
}
