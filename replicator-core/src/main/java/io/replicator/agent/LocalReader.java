package io.replicator.agent;

import io.replicator.kafka.KafkaClients;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The local reader follows the small topics that every agent of a region reads whole: status and
 * control. One thread, which calls the readers of all topics.
 */
final class LocalReader implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LocalReader.class);

  /**
   * @param tail how many of the last records are read in any case
   * @param lately how long ago others may have come that are read, too
   * @param most of which so many are enough
   */
  private record Topic(
      long tail, Duration lately, long most, Consumer<ConsumerRecord<byte[], byte[]>> reader) {
    /** Returns the first offset to read. */
    long from(long begin, long end, long since) {
      return Math.max(begin, Math.max(end - most, Math.min(end - tail, since)));
    }
  }

  /** Enough of a status topic to hold a word of every agent that lives. */
  private static final long STATUS_TAIL = 300;

  /** And of those that ended: a host takes some minutes to start again, or another in its place. */
  private static final Duration LATELY = Duration.ofMinutes(10);

  /** They speak every second. */
  private static final long MOST_STATUS = 10_000;

  private final KafkaClients kafka;
  private final Map<TopicPartition, Topic> topics = new LinkedHashMap<>();
  private final CountDownLatch caughtUp = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "local-reader");
  private volatile org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer;
  private volatile boolean closed;

  LocalReader(KafkaClients kafka) {
    this.kafka = kafka;
  }

  /** Adds a topic of one partition that is read from its beginning, before the start. */
  void add(String topic, Consumer<ConsumerRecord<byte[], byte[]>> reader) {
    topics.put(
        new TopicPartition(topic, 0),
        new Topic(Long.MAX_VALUE, Duration.ZERO, Long.MAX_VALUE, reader));
  }

  /** Adds a topic of status lines, likewise, of which the late ones are read. */
  void addStatus(String topic, Consumer<ConsumerRecord<byte[], byte[]>> reader) {
    topics.put(new TopicPartition(topic, 0), new Topic(STATUS_TAIL, LATELY, MOST_STATUS, reader));
  }

  /** Begins to read, and waits until everything that stood there was read, 30 s at most. */
  void start() throws InterruptedException {
    thread.start();
    while (!caughtUp.await(30, TimeUnit.SECONDS)) {
      LOG.warn("status and control topics are not read yet; no flow begins before: look at Kafka");
    }
  }

  @Override
  public void close() {
    closed = true;
    var open = consumer;
    if (open != null) {
      open.wakeup();
    }
    try {
      thread.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (!closed) {
      try (var reader = kafka.assignedConsumer("local-reader")) {
        consumer = reader;
        follow(reader);
      } catch (WakeupException e) {
        LOG.debug("woken to close");
      } catch (KafkaException e) {
        LOG.warn("reading status and control topics failed, trying again: {}", e.toString());
        pause();
      } finally {
        consumer = null;
      }
    }
  }

  private void follow(org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> reader) {
    reader.assign(topics.keySet());
    Map<TopicPartition, Long> begins = reader.beginningOffsets(topics.keySet());
    Map<TopicPartition, Long> ends = reader.endOffsets(topics.keySet());
    Map<TopicPartition, Long> times = new HashMap<>();
    topics.forEach(
        (partition, topic) ->
            times.put(partition, System.currentTimeMillis() - topic.lately().toMillis()));
    Map<TopicPartition, OffsetAndTimestamp> since = reader.offsetsForTimes(times);
    topics.forEach(
        (partition, topic) -> {
          long end = ends.get(partition);
          OffsetAndTimestamp first = since.get(partition);
          reader.seek(
              partition,
              topic.from(begins.get(partition), end, first == null ? end : first.offset()));
        });
    Set<TopicPartition> behind = new HashSet<>(topics.keySet());
    while (!closed) {
      behind.removeIf(partition -> reader.position(partition) >= ends.get(partition));
      if (behind.isEmpty()) {
        caughtUp.countDown();
      }
      try {
        for (ConsumerRecord<byte[], byte[]> line : reader.poll(Duration.ofMillis(500))) {
          topics.get(new TopicPartition(line.topic(), line.partition())).reader().accept(line);
        }
      } catch (InvalidOffsetException e) {
        reader.seekToBeginning(e.partitions());
      }
    }
  }

  private void pause() {
    try {
      TimeUnit.SECONDS.sleep(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closed = true;
    }
  }
}
