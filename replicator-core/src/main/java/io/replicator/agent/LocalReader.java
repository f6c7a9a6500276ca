package io.replicator.agent;

import io.replicator.kafka.KafkaClients;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
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

  private record Topic(long tail, Consumer<ConsumerRecord<byte[], byte[]>> reader) {}

  private final KafkaClients kafka;
  private final Map<TopicPartition, Topic> topics = new LinkedHashMap<>();
  private final CountDownLatch caughtUp = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "local-reader");
  private volatile org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer;
  private volatile boolean closed;

  LocalReader(KafkaClients kafka) {
    this.kafka = kafka;
  }

  /** Adds a topic of one partition, before the start. */
  void add(String topic, long tail, Consumer<ConsumerRecord<byte[], byte[]>> reader) {
    topics.put(new TopicPartition(topic, 0), new Topic(tail, reader));
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
    topics.forEach(
        (partition, topic) ->
            reader.seek(
                partition, Math.max(begins.get(partition), ends.get(partition) - topic.tail())));
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
