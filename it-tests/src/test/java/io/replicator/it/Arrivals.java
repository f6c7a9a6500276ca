package io.replicator.it;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.awaitility.Awaitility;

/**
 * Arrivals are when records with a key were appended to a topic, by the broker's own stamps: so who
 * measures takes no part of the processors while they come.
 */
final class Arrivals {
  private final String bootstrap;
  private final Map<TopicPartition, Long> begin;

  private Arrivals(String bootstrap, Map<TopicPartition, Long> begin) {
    this.bootstrap = bootstrap;
    this.begin = begin;
  }

  /** Looks from the present end of a topic on, whose timestamps are those of appending. */
  static Arrivals after(String bootstrap, String topic) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(bootstrap)) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      return new Arrivals(bootstrap, consumer.endOffsets(partitions));
    }
  }

  /**
   * Waits for so many records, and returns when each was appended, in milliseconds, sorted.
   *
   * @param check is run now and then, and throws if none will come any more
   */
  List<Long> await(int count, Duration most, Runnable check) {
    List<Long> millis = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(bootstrap)) {
      consumer.assign(begin.keySet());
      begin.forEach(consumer::seek);
      Awaitility.await()
          .atMost(most)
          .pollInterval(Duration.ofMillis(200))
          .until(
              () -> {
                check.run();
                return appended(consumer) >= count && read(consumer, millis) >= count;
              });
    }
    Collections.sort(millis);
    return millis;
  }

  private long appended(KafkaConsumer<byte[], byte[]> consumer) {
    return consumer.endOffsets(begin.keySet()).entrySet().stream()
        .mapToLong(end -> end.getValue() - begin.get(end.getKey()))
        .sum();
  }

  private int read(KafkaConsumer<byte[], byte[]> consumer, List<Long> into) {
    Map<TopicPartition, Long> ends = consumer.endOffsets(begin.keySet());
    while (ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      consumer
          .poll(Duration.ofSeconds(1))
          .forEach(
              record -> {
                if (record.key() != null) {
                  into.add(record.timestamp());
                }
              });
    }
    return into.size();
  }

  private static KafkaConsumer<byte[], byte[]> consumer(String bootstrap) {
    return new KafkaConsumer<>(
        Map.of("bootstrap.servers", bootstrap),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }
}
