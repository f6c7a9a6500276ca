package io.replicator.settle;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.ledger.LedgerRecord;
import io.replicator.model.Flow;
import io.replicator.wire.Heartbeat;
import io.replicator.wire.Stamp;
import io.replicator.wire.WireFormat;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/**
 * A publisher is one life of a transactional producer: it numbers the changes that it tells from 1
 * in each partition. With a transaction that comes to nothing its incarnation ends and another one
 * begins, so that a number is either in a transaction that counts or nobody's. Used by one thread.
 */
final class Publisher {
  /** What a publisher writes to, and in whose name. */
  record Topics(Flow flow, String changes, String ledger, int partitions) {}

  private final Topics topics;
  private final Producer<byte[], byte[]> producer;
  private final Supplier<String> topicId;
  private final InstantSource clock;
  private final String capture;
  private String incarnation;
  private Instant begun = Instant.EPOCH;
  private long[] sequences;
  private long[] acknowledged;

  /**
   * @param capture the name by which incarnations are known as one's
   * @param topicId tells the change topic's present id, for the heartbeats
   */
  Publisher(
      Topics topics,
      Producer<byte[], byte[]> producer,
      Supplier<String> topicId,
      InstantSource clock,
      String capture) {
    this.topics = topics;
    this.producer = producer;
    this.topicId = topicId;
    this.clock = clock;
    this.capture = capture;
    reincarnate();
  }

  private void reincarnate() {
    // No two lives may bear one name, even if the clock was set back meanwhile.
    Instant now = clock.instant();
    begun = now.isAfter(begun) ? now : begun.plusMillis(1);
    incarnation = Stamp.newIncarnation(begun, capture);
    sequences = new long[topics.partitions()];
    acknowledged = new long[topics.partitions()];
  }

  String incarnation() {
    return incarnation;
  }

  /** Returns the number of the last change that is durable, in each partition. */
  long[] acknowledged() {
    return acknowledged.clone();
  }

  void begin() {
    producer.beginTransaction();
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the commit says whether all were written
  void send(int partition, Output output) {
    if (output instanceof Output.Told told) {
      Stamp stamp = new Stamp(incarnation, ++sequences[partition]);
      producer.send(
          new ProducerRecord<>(
              topics.changes(),
              partition,
              null,
              told.change().key().getBytes(UTF_8),
              told.change().payload(),
              WireFormat.encode(topics.flow(), told.change(), stamp)));
    } else if (output instanceof Output.Kept kept) {
      LedgerRecord content = kept.content();
      producer.send(
          new ProducerRecord<>(topics.ledger(), partition, content.key(), content.value()));
    } else if (output instanceof Output.Beat beat) {
      Heartbeat heartbeat =
          new Heartbeat(
              new Stamp(incarnation, sequences[partition]),
              beat.now(),
              beat.upTo(),
              Output.Beat.HOLD,
              beat.closing(),
              topicId.get());
      producer.send(
          new ProducerRecord<>(
              topics.changes(),
              partition,
              null,
              null,
              new byte[0],
              WireFormat.encode(topics.flow(), heartbeat)));
    } else if (output instanceof Output.Ended ended) {
      producer.send(
          new ProducerRecord<>(ended.topic(), partition, null, ended.key(), null, ended.headers()));
    } else if (output instanceof Output.Aside aside) {
      producer.send(
          new ProducerRecord<>(aside.topic(), null, aside.key(), aside.value(), aside.headers()));
    }
  }

  /** Makes all that was sent durable, and with it how far the inputs are done. */
  void commit(Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata member) {
    if (!offsets.isEmpty()) {
      producer.sendOffsetsToTransaction(offsets, member);
    }
    try {
      producer.commitTransaction();
    } catch (TimeoutException e) {
      // It may have been carried out all the same: only its repetition tells.
      producer.commitTransaction();
    }
    acknowledged = sequences.clone();
  }

  /** Takes a transaction back; returns whether another one may be begun. */
  boolean abort(RuntimeException why) {
    if (!(why instanceof KafkaException)
        || why instanceof TimeoutException // nobody knows yet what became of it
        || why instanceof ProducerFencedException
        || why instanceof OutOfOrderSequenceException
        || why instanceof AuthorizationException
        || why instanceof AuthenticationException
        || why instanceof UnsupportedVersionException) {
      return false;
    }
    try {
      producer.abortTransaction();
      reincarnate();
      return true;
    } catch (KafkaException | IllegalStateException e) {
      why.addSuppressed(e);
      return false;
    }
  }

  void close(Duration patience) {
    producer.close(patience);
  }
}
