package io.replicator.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * The identity of a Kafka cluster: the region it belongs to, kept in a record that the first agent
 * writes, so that an agent which is pointed at another region's Kafka is stopped before it does
 * harm.
 */
final class Identity {
  private static final TopicPartition PLACE = new TopicPartition(TopicNames.IDENTITY, 0);
  private static final byte[] KEY = "region".getBytes(UTF_8);

  private Identity() {}

  /** Returns the region that a cluster belongs to; empty if no agent has ever run there. */
  static Optional<Region> read(KafkaClients kafka) {
    try (var consumer = kafka.assignedConsumer("identity")) {
      if (consumer.partitionsFor(PLACE.topic()).isEmpty()) {
        return Optional.empty();
      }
      consumer.assign(List.of(PLACE));
      consumer.seekToBeginning(List.of(PLACE));
      long end = consumer.endOffsets(List.of(PLACE)).get(PLACE);
      while (consumer.position(PLACE) < end) {
        for (var line : consumer.poll(Duration.ofSeconds(1))) {
          return Optional.of(new Region(new String(line.value(), UTF_8)));
        }
      }
      return Optional.empty();
    } catch (UnknownTopicOrPartitionException e) {
      return Optional.empty();
    }
  }

  /**
   * Makes sure that the local cluster is this region's, and takes it where nobody has.
   *
   * @throws ReplicationException of kind FATAL if it is another region's
   */
  static void claim(KafkaClients kafka, Producer<byte[], byte[]> producer, Region here) {
    Optional<Region> owner = read(kafka);
    if (owner.isEmpty()) {
      try {
        producer
            .send(new ProducerRecord<>(PLACE.topic(), 0, KEY, here.name().getBytes(UTF_8)))
            .get();
      } catch (ExecutionException e) {
        throw new ReplicationException(
            ReplicationException.Kind.BLOCKED,
            "cannot write to " + PLACE.topic() + ": " + e.getCause().getMessage(),
            "the agent needs WRITE on replicator-local.* topics",
            e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ReplicationException(ReplicationException.Kind.TRANSIENT, "interrupted", "", e);
      }
      // Two agents of different regions may have come at once: the first record decides.
      owner = read(kafka);
    }
    if (!owner.equals(Optional.of(here))) {
      throw mismatch("kafka.bootstrap.servers", kafka, owner, here);
    }
  }

  static ReplicationException mismatch(
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
