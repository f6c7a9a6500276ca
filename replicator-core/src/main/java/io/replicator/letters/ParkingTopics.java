package io.replicator.letters;

import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Which of the topics are there that dead letters stand in and go back to. */
final class ParkingTopics {
  private ParkingTopics() {}

  /** Makes sure that there is a topic of dead letters. */
  static void requireDeadLetters(Region here, KafkaClients kafka) {
    String topic = TopicNames.deadLetters(here);
    if (partitions(kafka, List.of(topic)).isEmpty()) {
      throw new ReplicationException(
          ReplicationException.Kind.FATAL,
          "the local Kafka at " + kafka.bootstrapServers() + " has no topic " + topic,
          "start an agent of " + here + " first, or correct kafka.bootstrap.servers",
          null);
    }
  }

  /** Returns the number of partitions of the parking topics of flows, as far as they exist. */
  static Map<String, Integer> of(Region here, KafkaClients kafka, Collection<Flow> flows) {
    return partitions(kafka, flows.stream().map(flow -> TopicNames.parking(here, flow)).toList());
  }

  private static Map<String, Integer> partitions(KafkaClients kafka, Collection<String> topics) {
    Map<String, Integer> found = new HashMap<>();
    try (Admin admin = kafka.admin()) {
      for (var answer : admin.describeTopics(topics).topicNameValues().entrySet()) {
        try {
          found.put(answer.getKey(), answer.getValue().get().partitions().size());
        } catch (ExecutionException e) {
          if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
            throw e.getCause() instanceof KafkaException known
                ? known
                : new KafkaException(e.getCause());
          }
        }
      }
      return found;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("interrupted", e);
    }
  }
}
