package io.replicator.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.replicator.model.Clocks;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;
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

  /** They speak every second: what an agent said that fell silent counts no longer than this. */
  private static final Duration MOMENT = Duration.ofSeconds(10);

  /** How many changes are pending is told by words that are no older than this. */
  private static final Duration COUNTED = Duration.ofMillis(2_500);

  /** An agent that has been silent for so long is of no interest any more. */
  private static final Duration FORGOTTEN = Duration.ofHours(1);

  /**
   * What an agent said last.
   *
   * @param arrived when it was read, by the steady clock
   * @param stamped when the local Kafka got it, by its own clock
   */
  private record Word(Status status, Instant arrived, long stamped) {}

  private final String topic;
  private final Producer<byte[], byte[]> producer;
  private final Clocks clocks;
  private final Numbers numbers;
  private final Consumer<Status> heard;
  private final Map<String, Word> words = new ConcurrentHashMap<>();

  /** Topics of which it was said that they hold what this agent does not read. */
  private final Set<String> newer = ConcurrentHashMap.newKeySet();

  private final AtomicBoolean underWay = new AtomicBoolean();
  private volatile Instant acknowledged;

  /** When the local Kafka got the last word of this region's agents that was read. */
  private volatile long latest;

  /**
   * @param retention of change topics
   * @param heard is told what an agent of a region has said
   */
  StatusBoard(
      String topic,
      Producer<byte[], byte[]> producer,
      Clocks clocks,
      Duration retention,
      Consumer<Status> heard) {
    this.topic = topic;
    this.producer = producer;
    this.clocks = clocks;
    this.numbers = new Numbers(clocks, retention);
    this.heard = heard;
    this.acknowledged = clocks.steady().instant();
  }

  /** Publishes this agent's status, unless the one before is still under way. */
  void publish(Status status) {
    if (underWay.compareAndSet(false, true)) {
      send(status);
    }
  }

  /** Publishes the last status of this agent, whatever is under way: no other follows. */
  void publishLast(Status status) {
    send(status);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the callback says the same
  private void send(Status status) {
    try {
      producer.send(
          new ProducerRecord<>(
              topic, 0, status.agent().getBytes(UTF_8), JSON.writeValueAsBytes(status)),
          (metadata, failure) -> {
            underWay.set(false);
            if (failure == null) {
              acknowledged = clocks.steady().instant();
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

  /** Returns when, by the steady clock, the local Kafka last acknowledged a status. */
  Instant acknowledged() {
    return acknowledged;
  }

  /** Reads a line of any region's status topic. */
  void read(ConsumerRecord<byte[], byte[]> line) {
    if (line.topic().equals(topic)) {
      latest = line.timestamp();
    }
    Optional<Status> status = parse(line);
    status.ifPresent(it -> note(it, line));
    if (status.isEmpty() && format(line) > Status.FORMAT && newer.add(line.topic())) {
      LOG.warn(
          "{} holds a status of format {}, this agent reads up to {}: until it is upgraded it does"
              + " not know what that agent has captured and not sent, nor whether it runs",
          line.topic(),
          format(line),
          Status.FORMAT);
    }
  }

  /** Returns the number of a line's form; 0 if it has none. */
  private static int format(ConsumerRecord<byte[], byte[]> line) {
    try {
      return JSON.readTree(line.value()).path("format").asInt();
    } catch (IOException | RuntimeException e) {
      LOG.debug("{} holds a line of no form: {}", line.topic(), e.toString());
      return 0;
    }
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

  private void note(Status status, ConsumerRecord<byte[], byte[]> line) {
    heard.accept(status);
    Instant now = clocks.steady().instant();
    words.put(status.region() + "/" + status.agent(), new Word(status, now, line.timestamp()));
    words.values().removeIf(word -> word.arrived().isBefore(now.minus(FORGOTTEN)));
    numbers.note(status, line);
  }

  /**
   * Returns what the agents of a region said lately. How long ago that was is not told by their
   * clocks, nor by this machine's, which may be set: it was read lately, and did not stand there
   * for long before.
   */
  private Stream<Status> lately(Region region, Duration within) {
    Instant since = clocks.steady().instant().minus(within);
    long stampedSince = latest - within.toMillis();
    return words.values().stream()
        .filter(word -> word.status().region().equals(region.name()))
        .filter(word -> word.arrived().isAfter(since) && word.stamped() > stampedSince)
        .map(Word::status);
  }

  /** Returns what captures say of the changes that they numbered. */
  Numbers numbers() {
    return numbers;
  }

  /** Tells whether an agent of a region was heard a moment ago. */
  boolean hears(Region region) {
    return lately(region, MOMENT).findAny().isPresent();
  }

  /**
   * Tells whether a region has applied all that its agents know of a flow, by their own words of a
   * moment ago: the flow's origin is heard, every partition is in exactly one agent's hands, and
   * none of them has anything left. False where that is not known, as for a moment after an agent
   * was killed, or while the clock of one of them, or this machine's, is wrong.
   */
  boolean drained(Region here, Flow flow, int partitions) {
    long since = clocks.wall().instant().minus(MOMENT).toEpochMilli();
    List<Status.FlowStatus> told =
        lately(here, MOMENT)
            .filter(status -> status.sentMillis() > since)
            .flatMap(status -> status.flows().stream())
            .filter(it -> it != null && flow.toString().equals(it.flow()))
            .toList();
    return hears(flow.origin())
        && told.stream().mapToInt(Status.FlowStatus::partitions).sum() == partitions
        && told.stream().allMatch(it -> it.pending() == 0);
  }

  /** Returns what the agents of a region have said lately of a resource that they capture. */
  List<Status.CaptureStatus> captures(Region origin, Resource resource) {
    return captures(origin, resource, MOMENT);
  }

  /** Returns what they have said so lately that what they count is the present count. */
  List<Status.CaptureStatus> counts(Region origin, Resource resource) {
    return captures(origin, resource, COUNTED);
  }

  private List<Status.CaptureStatus> captures(Region origin, Resource resource, Duration within) {
    return lately(origin, within)
        .map(status -> status.captures().get(resource.toString()))
        .filter(Objects::nonNull)
        .toList();
  }
}
