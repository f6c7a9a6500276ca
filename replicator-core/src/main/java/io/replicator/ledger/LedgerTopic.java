package io.replicator.ledger;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.kafka.KafkaClients;
import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/** The ledger topic of a resource in its region, as an owner that takes a partition reads it. */
public final class LedgerTopic {
  /** Longer than brokers take to end a transaction that a dead owner left open. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final String topic;
  private final KafkaClients kafka;

  public LedgerTopic(String topic, KafkaClients kafka) {
    this.topic = topic;
    this.kafka = kafka;
  }

  /** Returns the topic's name. */
  public String name() {
    return topic;
  }

  /**
   * Reads a partition to its very end, which includes the outcome of every transaction that was
   * begun there: what a former owner still had under way is in it, or never will be. Blocks.
   *
   * @throws KafkaException if Kafka does not answer
   * @throws ReplicationException of kind NEWER if a newer agent wrote there what this one does not
   *     know; FATAL if it holds what no agent wrote
   */
  public Ledger read(int partition) {
    TopicPartition place = new TopicPartition(topic, partition);
    Ledger ledger = new Ledger();
    try (Consumer<byte[], byte[]> consumer = kafka.assignedConsumer("ledger-reader")) {
      consumer.assign(List.of(place));
      long end = kafka.ends(List.of(place)).get(place);
      consumer.seekToBeginning(List.of(place));
      long patience = System.nanoTime() + PATIENCE.toNanos();
      while (consumer.position(place) < end) {
        for (ConsumerRecord<byte[], byte[]> message : consumer.poll(Duration.ofMillis(200))) {
          patience = System.nanoTime() + PATIENCE.toNanos();
          take(ledger, message);
        }
        if (System.nanoTime() - patience > 0) {
          throw new TimeoutException("reading " + place + " came to a standstill before " + end);
        }
      }
    }
    return ledger;
  }

  private String place(ConsumerRecord<byte[], byte[]> message) {
    return topic + "-" + message.partition() + "@" + message.offset();
  }

  private void take(Ledger ledger, ConsumerRecord<byte[], byte[]> message) {
    try {
      String value = message.value() == null ? null : new String(message.value(), UTF_8);
      ledger.take(new String(message.key(), UTF_8), value);
    } catch (NewerFormatException e) {
      throw new ReplicationException(
          ReplicationException.Kind.NEWER,
          place(message) + " was " + e.getMessage(),
          "upgrade this agent; nothing is lost meanwhile",
          e);
    } catch (RuntimeException e) {
      throw new ReplicationException(
          ReplicationException.Kind.FATAL,
          place(message) + " is no record of a ledger: " + e.getMessage(),
          "something else writes to this topic; find it, then delete the record",
          e);
    }
  }
}
