package io.replicator.it;

import io.replicator.kafka.TopicNames;
import io.replicator.model.Flow;
import io.replicator.wire.Decoded;
import io.replicator.wire.Stamp;
import io.replicator.wire.WireFormat;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A change topic as one Kafka has it at a moment.
 *
 * @param captures for each change's id the captures that wrote it, one for each record
 * @param numbers for each partition and incarnation of a capture the numbers of its changes
 * @param ends the end of each partition, before which all was read
 */
record ChangeTopic(
    Map<String, List<String>> captures,
    Map<String, NavigableSet<Long>> numbers,
    Map<TopicPartition, Long> ends) {
  /** Reads a flow's topic from its beginning to its present end. */
  static ChangeTopic read(String bootstrap, Flow flow) {
    Map<String, List<String>> captures = new TreeMap<>();
    Map<String, NavigableSet<Long>> numbers = new TreeMap<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrap, "isolation.level", "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> places =
          consumer.partitionsFor(TopicNames.changes(flow)).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(places);
      consumer.seekToBeginning(places);
      Map<TopicPartition, Long> ends = consumer.endOffsets(places);
      while (places.stream().anyMatch(place -> consumer.position(place) < ends.get(place))) {
        consumer
            .poll(Duration.ofSeconds(1))
            .forEach(
                record -> {
                  if (WireFormat.decode(record.headers(), record.key(), record.value())
                      instanceof Decoded.Captured captured) {
                    captures
                        .computeIfAbsent(captured.change().id(), id -> new ArrayList<>())
                        .add(Stamp.capture(captured.stamp().incarnation()));
                    numbers
                        .computeIfAbsent(
                            record.partition() + " " + captured.stamp().incarnation(),
                            place -> new TreeSet<>())
                        .add(captured.stamp().sequence());
                  }
                });
      }
      return new ChangeTopic(captures, numbers, ends);
    }
  }

  /** Returns how many records hold a change. */
  int records() {
    return captures.values().stream().mapToInt(List::size).sum();
  }

  /** Returns how many changes differ in their content. */
  int changes() {
    return captures.size();
  }

  /** Returns where numbers are missing below a greater one. */
  List<String> holes() {
    return numbers.entrySet().stream()
        .filter(place -> place.getValue().last() != place.getValue().size())
        .map(
            place ->
                place.getKey() + ": " + place.getValue().size() + " of " + place.getValue().last())
        .toList();
  }

  /** Returns how many changes stand in so many records, by that number. */
  Map<Integer, Integer> copies() {
    Map<Integer, Integer> copies = new TreeMap<>();
    captures.values().forEach(all -> copies.merge(all.size(), 1, Integer::sum));
    return copies;
  }

  /** Returns how many records each capture wrote. */
  Map<String, Integer> byCapture() {
    Map<String, Integer> records = new TreeMap<>();
    captures
        .values()
        .forEach(all -> all.forEach(capture -> records.merge(capture, 1, Integer::sum)));
    return records;
  }
}
