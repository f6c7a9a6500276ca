package io.replicator.capture;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.model.Flow;
import io.replicator.wire.Heartbeat;
import io.replicator.wire.Stamp;
import io.replicator.wire.WireFormat;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Headers;

/**
 * An incarnation is one life of a capture's producer: it numbers its changes from 1 in each
 * partition, and ends with its first failed send, so that a number that was given is either written
 * or nobody's.
 *
 * <p>Sends are made under the station's lock; their outcomes come on the producer's thread.
 */
final class Incarnation {
  private final String name;
  private final String topic;
  private final Flow flow;
  private final Producer<byte[], byte[]> producer;
  private final long[] sequences;
  private final AtomicReferenceArray<Instant> beating;
  private volatile boolean proven;

  Incarnation(
      String name, String topic, Flow flow, int partitions, Producer<byte[], byte[]> producer) {
    this.name = name;
    this.topic = topic;
    this.flow = flow;
    this.producer = producer;
    this.sequences = new long[partitions];
    this.beating = new AtomicReferenceArray<>(partitions);
  }

  String name() {
    return name;
  }

  /** Returns the number of the last change sent to each partition. */
  long[] sequences() {
    return sequences.clone();
  }

  /** Tells whether Kafka has acknowledged anything in this life. */
  boolean proven() {
    return proven;
  }

  /** Returns since when a heartbeat waits for its acknowledgement. */
  Optional<Instant> beatingSince() {
    Instant oldest = null;
    for (int partition = 0; partition < beating.length(); partition++) {
      Instant since = beating.get(partition);
      if (since != null && (oldest == null || since.isBefore(oldest))) {
        oldest = since;
      }
    }
    return Optional.ofNullable(oldest);
  }

  /** Sends a change under the next number of its partition. */
  void send(Pending pending, BiConsumer<Pending, Exception> outcome) {
    int partition = pending.partition();
    Stamp stamp = new Stamp(name, ++sequences[partition]);
    Headers headers = WireFormat.encode(flow, pending.change(), stamp);
    byte[] key = pending.change().key().getBytes(UTF_8);
    send(
        new ProducerRecord<>(topic, partition, null, key, pending.change().payload(), headers),
        failure -> outcome.accept(pending, failure));
  }

  /** Sends a heartbeat to each partition whose last one was acknowledged. */
  void beat(
      Instant now,
      Optional<Instant> upTo,
      Duration hold,
      boolean closing,
      String topicId,
      Outcome outcome) {
    for (int partition = 0; partition < sequences.length; partition++) {
      if (closing || beating.compareAndSet(partition, null, now)) {
        int one = partition;
        Stamp last = new Stamp(name, sequences[partition]);
        Headers headers =
            WireFormat.encode(flow, new Heartbeat(last, now, upTo, hold, closing, topicId));
        send(
            new ProducerRecord<>(topic, partition, null, null, new byte[0], headers),
            failure -> {
              beating.set(one, null);
              outcome.of(failure);
            });
      }
    }
  }

  /** Waits until everything sent is acknowledged or the time is over, and ends. */
  void close(Duration patience) {
    producer.close(patience);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the callback says the same
  private void send(ProducerRecord<byte[], byte[]> message, Outcome outcome) {
    try {
      producer.send(
          message,
          (metadata, failure) -> {
            if (failure == null) {
              proven = true;
            }
            outcome.of(failure);
          });
    } catch (KafkaException | IllegalStateException e) {
      outcome.of(e);
    }
  }

  /** What became of a send: null if it is durable. */
  interface Outcome {
    void of(Exception failure);
  }
}
