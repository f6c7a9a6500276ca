package io.replicator.letters;

import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The letter box is the region's topic of dead letters, read as a whole each time it is asked. Used
 * by one thread, which it blocks; every failure of Kafka is a {@link ReplicationException}.
 */
public final class LetterBox implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LetterBox.class);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Region here;
  private final KafkaClients kafka;
  private final TopicPartition place;
  private final Consumer<byte[], byte[]> consumer;

  /** Takes a record, and tells whether more are wanted. */
  private interface Eye {
    boolean take(ConsumerRecord<byte[], byte[]> message);
  }

  private LetterBox(Region here, KafkaClients kafka) {
    this.here = here;
    this.kafka = kafka;
    this.place = new TopicPartition(TopicNames.deadLetters(here), 0);
    this.consumer = kafka.assignedConsumer("dead-letters");
  }

  /**
   * Opens the letter box of a region.
   *
   * @throws ReplicationException if its Kafka does not answer, or has no such topic
   */
  public static LetterBox open(Region here, KafkaClients kafka) {
    return KafkaTrouble.telling(
        here,
        kafka,
        () -> {
          ParkingTopics.requireDeadLetters(here, kafka);
          return new LetterBox(here, kafka);
        });
  }

  /** Returns what waits for an operator now. */
  public Letters read() {
    Letters letters = new Letters();
    read(
        Long.MIN_VALUE,
        message -> {
          letters.take(message);
          return true;
        });
    return letters;
  }

  /** Shows letters whole, oldest first; those that have left the topic meanwhile are left out. */
  public void visit(Collection<Long> ids, Visitor visitor) {
    TreeSet<Long> wanted = new TreeSet<>(ids);
    if (wanted.isEmpty()) {
      return;
    }
    Set<Long> all = Set.copyOf(wanted);
    long last = wanted.last();
    read(
        wanted.first(),
        message -> {
          if (all.contains(message.offset())) {
            visitor.visit(message);
          }
          return message.offset() < last;
        });
  }

  /** Is shown a letter whole. */
  public interface Visitor {
    void visit(ConsumerRecord<byte[], byte[]> message);
  }

  private void read(long from, Eye eye) {
    KafkaTrouble.telling(
        here,
        kafka,
        () -> {
          consumer.assign(List.of(place));
          long begin = consumer.beginningOffsets(List.of(place)).get(place);
          long end = consumer.endOffsets(List.of(place)).get(place);
          consumer.seek(place, Math.max(begin, from));
          long patience = System.nanoTime() + PATIENCE.toNanos();
          while (consumer.position(place) < end) {
            for (ConsumerRecord<byte[], byte[]> message : consumer.poll(Duration.ofMillis(200))) {
              patience = System.nanoTime() + PATIENCE.toNanos();
              if (message.offset() >= end || !eye.take(message)) {
                return null;
              }
            }
            if (System.nanoTime() - patience > 0) {
              throw new TimeoutException("reading " + place + " came to a standstill");
            }
          }
          return null;
        });
  }

  @Override
  public void close() {
    try {
      consumer.close();
    } catch (KafkaException e) {
      LOG.debug("what was read is read", e);
    }
  }
}
