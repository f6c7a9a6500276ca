package io.replicator.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.wire.Stamp;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
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

  /** They speak every second. */
  private static final Duration MOMENT = Duration.ofSeconds(10);

  /** An agent that has been silent for so long is of no interest any more. */
  private static final Duration FORGOTTEN = Duration.ofHours(1);

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Sent(long[] numbers, Instant at) {}

  private final String topic;
  private final Producer<byte[], byte[]> producer;
  private final InstantSource clock;
  private final Duration retention;
  private final BiConsumer<Region, Instant> heard;
  private final Map<String, Status> words = new ConcurrentHashMap<>();
  private final Map<String, Map<String, Sent>> sent = new ConcurrentHashMap<>();
  private final AtomicBoolean underWay = new AtomicBoolean();
  private volatile Instant acknowledged;

  /**
   * @param retention of change topics
   * @param heard is told when an agent of a region has spoken, and when it did
   */
  StatusBoard(
      String topic,
      Producer<byte[], byte[]> producer,
      InstantSource clock,
      Duration retention,
      BiConsumer<Region, Instant> heard) {
    this.topic = topic;
    this.producer = producer;
    this.clock = clock;
    this.retention = retention;
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
    parse(line).ifPresent(this::note);
  }

  /** Returns the status that a line holds; empty if it cannot be read. */
  static Optional<Status> parse(ConsumerRecord<byte[], byte[]> line) {
    Status status;
    try {
      status = JSON.readValue(line.value(), Status.class);
    } catch (IOException | RuntimeException e) {
      // Whatever stands there, it must not stop the thread that reads for every flow.
      LOG.debug("{} holds a status that cannot be read: {}", line.topic(), e.toString());
      return Optional.empty();
    }
    if (status == null || status.format() > Status.FORMAT) {
      LOG.debug("{} holds a status of a newer agent", line.topic());
      return Optional.empty();
    }
    return Optional.of(status);
  }

  private void note(Status status) {
    Instant sentAt = Instant.ofEpochMilli(status.sentMillis());
    heard.accept(new Region(status.region()), sentAt);
    words.put(status.region() + "/" + status.agent(), status);
    words.values().removeIf(word -> word.sentMillis() < sentAt.minus(FORGOTTEN).toEpochMilli());
    status
        .captures()
        .forEach((resource, capture) -> note(status.region() + "/" + resource, capture, sentAt));
  }

  private void note(String resource, Status.CaptureStatus capture, Instant at) {
    Map<String, Sent> incarnations =
        sent.computeIfAbsent(resource, key -> new ConcurrentHashMap<>());
    long[] numbers = capture.sent().stream().mapToLong(Long::longValue).toArray();
    incarnations.put(capture.incarnation(), new Sent(numbers, at));
    // What an older one wrote is purged by now, wherever it was not applied.
    incarnations.values().removeIf(one -> one.at().isBefore(at.minus(retention)));
  }

  /** Returns the last numbers that the captures of a region sent of a resource, by incarnation. */
  Map<String, long[]> sent(Region origin, Resource resource) {
    Map<String, long[]> numbers = new HashMap<>();
    sent.getOrDefault(origin + "/" + resource, Map.of())
        .forEach((incarnation, one) -> numbers.put(incarnation, one.numbers()));
    return numbers;
  }

  /** Returns when each capture of a resource in a region last said what it had sent, by name. */
  Map<String, Instant> spoken(Region origin, Resource resource) {
    Map<String, Instant> spoken = new HashMap<>();
    sent.getOrDefault(origin + "/" + resource, Map.of())
        .forEach(
            (incarnation, one) ->
                spoken.merge(Stamp.capture(incarnation), one.at(), (a, b) -> a.isAfter(b) ? a : b));
    return spoken;
  }

  /** Tells whether an agent of a region was heard a moment ago. */
  boolean hears(Region region) {
    long since = clock.instant().minus(MOMENT).toEpochMilli();
    return words.values().stream()
        .anyMatch(status -> status.region().equals(region.name()) && status.sentMillis() > since);
  }

  /**
   * Tells whether a region has applied all that its agents know of a flow, by their own words of a
   * moment ago: the flow's origin is heard, every partition is in exactly one agent's hands, and
   * none of them has anything left. False where that is not known, as for a moment after an agent
   * was killed.
   */
  boolean drained(Region here, Flow flow, int partitions) {
    long since = clock.instant().minus(MOMENT).toEpochMilli();
    List<Status.FlowStatus> told =
        words.values().stream()
            .filter(status -> status.region().equals(here.name()) && status.sentMillis() > since)
            .flatMap(status -> status.flows().stream())
            .filter(it -> it != null && flow.toString().equals(it.flow()))
            .toList();
    return hears(flow.origin())
        && told.stream().mapToInt(Status.FlowStatus::partitions).sum() == partitions
        && told.stream().allMatch(it -> it.pending() == 0);
  }

  /** Returns what the agents of a region have said lately of a resource that they capture. */
  List<Status.CaptureStatus> captures(Region origin, Resource resource) {
    long since = clock.instant().minus(STALE).toEpochMilli();
    return words.values().stream()
        .filter(status -> status.region().equals(origin.name()) && status.sentMillis() > since)
        .map(status -> status.captures().get(resource.toString()))
        .filter(Objects::nonNull)
        .toList();
  }
}
