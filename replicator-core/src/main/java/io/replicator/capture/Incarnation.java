package io.replicator.capture;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.model.Flow;
import io.replicator.wire.Heartbeat;
import io.replicator.wire.Stamp;
import io.replicator.wire.WireFormat;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
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
  private final AtomicLongArray acknowledged;
  private final AtomicReferenceArray<Instant> answered;
  private final InstantSource clock;
  private final KafkaTime kafkaTime;
  private volatile boolean proven;
  private final AtomicBoolean over = new AtomicBoolean();

  Incarnation(
      String name,
      String topic,
      Flow flow,
      int partitions,
      Producer<byte[], byte[]> producer,
      InstantSource clock,
      KafkaTime kafkaTime) {
    this.name = name;
    this.topic = topic;
    this.flow = flow;
    this.producer = producer;
    this.sequences = new long[partitions];
    this.beating = new AtomicReferenceArray<>(partitions);
    this.acknowledged = new AtomicLongArray(partitions);
    this.answered = new AtomicReferenceArray<>(partitions);
    this.clock = clock;
    this.kafkaTime = kafkaTime;
    for (int partition = 0; partition < partitions; partition++) {
      answered.set(partition, clock.instant());
    }
  }

  String name() {
    return name;
  }

  /** Returns the number of the last change that is durable, in each partition. */
  long[] acknowledged() {
    long[] numbers = new long[acknowledged.length()];
    Arrays.setAll(numbers, acknowledged::get);
    return numbers;
  }

  /** Tells whether a partition has acknowledged nothing since a time. */
  boolean silentSince(int partition, Instant time) {
    return answered.get(partition).isBefore(time);
  }

  /** Waits, up to the producer's patience, until Kafka says where the topic is. */
  void awaitTopic() {
    producer.partitionsFor(topic);
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
        failure -> {
          if (failure == null) {
            acknowledged.set(partition, stamp.sequence());
          }
          outcome.accept(pending, failure);
        });
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
      if (closing || beating.compareAndSet(partition, null, clock.instant())) {
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

  /**
   * Says the last word of another capture, which will not speak again; completes when it is durable
   * in every partition.
   */
  CompletableFuture<Void> lastWordOf(String other, Instant now, String topicId) {
    // In a name that no reader has numbers of: what the other wrote last it has said itself.
    Stamp none = new Stamp(Stamp.newIncarnation(now, other), 0);
    Heartbeat last = new Heartbeat(none, now, Optional.empty(), Duration.ZERO, true, topicId);
    List<CompletableFuture<Void>> durable = new ArrayList<>();
    for (int partition = 0; partition < sequences.length; partition++) {
      CompletableFuture<Void> one = new CompletableFuture<>();
      durable.add(one);
      send(
          new ProducerRecord<>(
              topic, partition, null, null, new byte[0], WireFormat.encode(flow, last)),
          failure -> {
            if (failure == null) {
              one.complete(null);
            } else {
              one.completeExceptionally(failure);
            }
          });
    }
    return CompletableFuture.allOf(durable.toArray(CompletableFuture<?>[]::new));
  }

  /**
   * Waits until everything sent is acknowledged or the time is over, and ends. Not to be called
   * under a lock that an outcome takes: it waits for the outcomes.
   */
  void close(Duration patience) {
    producer.close(patience);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the callback says the same
  private void send(ProducerRecord<byte[], byte[]> message, Outcome outcome) {
    if (over.get()) {
      outcome.of(new CancellationException("incarnation " + name + " is over"));
      return;
    }
    Sending sending = new Sending(Thread.currentThread());
    try {
      producer.send(
          message,
          (metadata, failure) -> {
            if (failure == null) {
              proven = true;
              kafkaTime.told(metadata.timestamp());
              answered.set(message.partition(), clock.instant());
            } else if (over.compareAndSet(false, true) && !sending.isInline()) {
              // At once, on the producer's own thread: what stands behind the failed record must
              // not be written before that one is sent again.
              producer.close(Duration.ZERO);
            }
            outcome.of(failure);
          });
    } catch (KafkaException | IllegalStateException e) {
      over.set(true);
      outcome.of(e);
    } finally {
      sending.returned = true;
    }
  }

  /** Tells whether an outcome comes from within the call that sends, under the station's lock. */
  private static final class Sending {
    private final Thread caller;
    private volatile boolean returned;

    Sending(Thread caller) {
      this.caller = caller;
    }

    boolean isInline() {
      return !returned && Thread.currentThread() == caller;
    }
  }

  /** What became of a send: null if it is durable. */
  interface Outcome {
    void of(Exception failure);
  }
}
