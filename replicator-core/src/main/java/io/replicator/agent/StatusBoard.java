package io.replicator.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.wire.Stamp;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The status board holds the last word of every agent of every region, and publishes this one's.
 * Thread-safe.
 */
final class StatusBoard {
  private static final Logger LOG = LoggerFactory.getLogger(StatusBoard.class);
  private static final ObjectMapper JSON =
      new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

  /** What an agent that fell silent said of its source does not count any longer than this. */
  private static final Duration STALE = Duration.ofSeconds(30);

  /** Older ones of a resource have long been applied, or are counted no more. */
  private static final int MOST_INCARNATIONS = 100;

  private final String topic;
  private final Producer<byte[], byte[]> producer;
  private final InstantSource clock;
  private final BiConsumer<Region, Instant> heard;
  private final Map<String, Status> words = new ConcurrentHashMap<>();
  private final Map<String, Map<String, long[]>> sent = new ConcurrentHashMap<>();
  private final AtomicBoolean underWay = new AtomicBoolean();
  private volatile Instant acknowledged;

  /**
   * @param heard is told when an agent of a region has spoken, and when it did
   */
  StatusBoard(
      String topic,
      Producer<byte[], byte[]> producer,
      InstantSource clock,
      BiConsumer<Region, Instant> heard) {
    this.topic = topic;
    this.producer = producer;
    this.clock = clock;
    this.heard = heard;
    this.acknowledged = clock.instant();
  }

  /** Publishes this agent's status, unless the one before is still under way. */
  @SuppressWarnings("FutureReturnValueIgnored") // the callback says the same
  void publish(Status status) {
    if (!underWay.compareAndSet(false, true)) {
      return;
    }
    try {
      producer.send(
          new ProducerRecord<>(
              topic, 0, status.agent().getBytes(UTF_8), JSON.writeValueAsBytes(status)),
          (metadata, failure) -> {
            underWay.set(false);
            if (failure == null) {
              acknowledged = clock.instant();
            } else {
              LOG.debug("status was not published: {}", failure.toString());
            }
          });
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    } catch (KafkaException e) {
      underWay.set(false);
      LOG.debug("status was not published: {}", e.toString());
    }
  }

  /** Returns when the local Kafka last acknowledged a status. */
  Instant acknowledged() {
    return acknowledged;
  }

  /** Reads a line of any region's status topic. */
  void read(ConsumerRecord<byte[], byte[]> line) {
    Status status;
    try {
      status = JSON.readValue(line.value(), Status.class);
    } catch (IOException | IllegalArgumentException e) {
      LOG.debug("{} holds a status that cannot be read: {}", line.topic(), e.toString());
      return;
    }
    if (status == null || status.region() == null || status.agent() == null) {
      LOG.debug("{} holds a status that names no agent", line.topic());
      return;
    }
    heard.accept(new Region(status.region()), Instant.ofEpochMilli(status.sentMillis()));
    words.put(status.region() + "/" + status.agent(), status);
    status
        .captures()
        .forEach((resource, capture) -> note(status.region() + "/" + resource, capture));
  }

  private void note(String resource, Status.CaptureStatus capture) {
    Map<String, long[]> incarnations =
        sent.computeIfAbsent(resource, key -> new ConcurrentHashMap<>());
    incarnations.put(
        capture.incarnation(), capture.sent().stream().mapToLong(Long::longValue).toArray());
    if (incarnations.size() > MOST_INCARNATIONS) {
      incarnations.keySet().stream()
          .min(Comparator.comparing(Stamp::begin))
          .ifPresent(incarnations::remove);
    }
  }

  /** Returns the last numbers that the captures of a region sent of a resource, by incarnation. */
  Map<String, long[]> sent(Region origin, Resource resource) {
    return new HashMap<>(sent.getOrDefault(origin + "/" + resource, Map.of()));
  }

  /**
   * Returns how many changes wait in a region's source; empty if no agent there has said lately.
   */
  OptionalLong waiting(Region origin, Resource resource) {
    long since = clock.instant().minus(STALE).toEpochMilli();
    return words.values().stream()
        .filter(status -> status.region().equals(origin.name()) && status.sentMillis() > since)
        .map(status -> status.captures().get(resource.toString()))
        .filter(capture -> capture != null && capture.waiting() >= 0)
        .mapToLong(Status.CaptureStatus::waiting)
        .max();
  }
}
