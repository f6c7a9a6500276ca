package io.replicator.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * The identity of a Kafka cluster: the region it belongs to, kept in a record that the first agent
 * writes, so that an agent which is pointed at another region's Kafka is stopped before it does
 * harm. Every look at it ends within a limit, also where the link is lost halfway.
 */
public final class Identity {
  /** How long one step towards the own cluster's identity may take. */
  public static final Duration LIMIT = Duration.ofSeconds(10);

  private static final TopicPartition PLACE = new TopicPartition(TopicNames.IDENTITY, 0);
  private static final byte[] KEY = "region".getBytes(UTF_8);
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(1);

  private Identity() {}

  /**
   * Returns the region that a cluster belongs to; empty if no agent has ever run there.
   *
   * @param limit after which the cluster counts as one that does not answer
   * @throws org.apache.kafka.common.KafkaException if it does not answer or does not let us read
   */
  public static Optional<Region> read(KafkaClients kafka, Duration limit) {
    Consumer<byte[], byte[]> consumer = kafka.assignedConsumer("identity");
    try {
      return read(consumer, limit);
    } catch (UnknownTopicOrPartitionException e) {
      return Optional.empty();
    } finally {
      consumer.close(CloseOptions.timeout(CLOSE_LIMIT));
    }
  }

  static Optional<Region> read(Consumer<byte[], byte[]> consumer, Duration limit) {
    Deadline deadline = new Deadline(System.nanoTime() + limit.toNanos());
    if (consumer.partitionsFor(PLACE.topic(), deadline.left()).isEmpty()) {
      return Optional.empty();
    }
    consumer.assign(List.of(PLACE));
    consumer.seekToBeginning(List.of(PLACE));
    long end = consumer.endOffsets(List.of(PLACE), deadline.left()).get(PLACE);
    while (consumer.position(PLACE, deadline.left()) < end) {
      for (var line : consumer.poll(deadline.left())) {
        return Optional.of(new Region(new String(line.value(), UTF_8)));
      }
    }
    return Optional.empty();
  }

  /** A deadline, by the clock of {@link System#nanoTime}. */
  private record Deadline(long nanos) {
    /**
     * @throws org.apache.kafka.common.errors.TimeoutException if nothing is left
     */
    Duration left() {
      Duration left = Duration.ofNanos(nanos - System.nanoTime());
      if (left.isNegative() || left.isZero()) {
        throw new org.apache.kafka.common.errors.TimeoutException(
            "the topic " + PLACE.topic() + " could not be read in time");
      }
      return left;
    }
  }

  /**
   * Makes sure that the local cluster is this region's, and takes it where nobody has.
   *
   * @param limit of each step: to look, to write and to look again
   * @throws ReplicationException of kind FATAL if it is another region's; of kind BLOCKED if it
   *     does not take the record
   */
  public static void claim(
      KafkaClients kafka, Producer<byte[], byte[]> producer, Region here, Duration limit) {
    Optional<Region> owner = read(kafka, limit);
    if (owner.isEmpty()) {
      write(producer, here, limit);
      // Two agents of different regions may have come at once: the first record decides.
      owner = read(kafka, limit);
    }
    if (!owner.equals(Optional.of(here))) {
      throw mismatch("kafka.bootstrap.servers", kafka, owner, here);
    }
  }

  private static void write(Producer<byte[], byte[]> producer, Region here, Duration limit) {
    try {
      producer
          .send(new ProducerRecord<>(PLACE.topic(), 0, KEY, here.name().getBytes(UTF_8)))
          .get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new ReplicationException(
          ReplicationException.Kind.BLOCKED,
          "cannot write to " + PLACE.topic() + ": " + e.getCause().getMessage(),
          "the agent needs WRITE on replicator-local.* topics",
          e);
    } catch (TimeoutException e) {
      throw new ReplicationException(
          ReplicationException.Kind.BLOCKED,
          "the local Kafka did not take a record for "
              + PLACE.topic()
              + " within "
              + limit.toSeconds()
              + " s",
          "look whether as many brokers as topics.min-insync-replicas are up and in sync; the"
              + " agent goes on trying",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ReplicationException(ReplicationException.Kind.TRANSIENT, "interrupted", "", e);
    }
  }

  /** Returns the word on a cluster that is another region's than the key {@code key} says. */
  public static ReplicationException mismatch(
      String key, KafkaClients kafka, Optional<Region> owner, Region expected) {
    return new ReplicationException(
        ReplicationException.Kind.FATAL,
        key
            + ": '"
            + kafka.bootstrapServers()
            + "' is the Kafka of region "
            + owner.map(Region::name).orElse("nobody")
            + ", not of "
            + expected,
        "correct "
            + key
            + " or region; if the cluster really changed hands, delete its topic "
            + TopicNames.IDENTITY,
        null);
  }
}
