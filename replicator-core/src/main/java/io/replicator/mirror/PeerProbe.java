package io.replicator.mirror;

import io.replicator.config.KafkaConfig;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Region;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * A peer probe looks at a Kafka from here: does it answer, and when did an agent last write a
 * heartbeat there? Each look opens its own connection and takes some seconds at most.
 */
final class PeerProbe {
  private static final int TIMEOUT_MS = (int) Duration.ofSeconds(4).toMillis();

  private final KafkaConfig kafka;

  PeerProbe(KafkaConfig kafka) {
    this.kafka = kafka;
  }

  /** Returns why the Kafka does not answer; empty if it does. */
  Optional<Exception> unreachable() throws InterruptedException {
    try (Admin admin = admin()) {
      admin.describeCluster().nodes().get();
      return Optional.empty();
    } catch (ExecutionException | KafkaException e) {
      return Optional.of(e);
    }
  }

  /**
   * Returns when the newest record of the heartbeat topic was written; empty if there is none.
   *
   * @throws ExecutionException if the Kafka does not answer
   */
  Optional<Instant> newestHeartbeat(Region peer) throws InterruptedException, ExecutionException {
    try (Admin admin = admin()) {
      String topic = TopicNames.status(peer);
      TopicDescription description =
          admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
      Map<TopicPartition, OffsetSpec> newest = new HashMap<>();
      description
          .partitions()
          .forEach(
              partition ->
                  newest.put(
                      new TopicPartition(topic, partition.partition()), OffsetSpec.maxTimestamp()));
      List<Instant> times = new ArrayList<>();
      for (ListOffsetsResultInfo info : admin.listOffsets(newest).all().get().values()) {
        if (info.timestamp() >= 0) {
          times.add(Instant.ofEpochMilli(info.timestamp()));
        }
      }
      return times.stream().max(Instant::compareTo);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * Returns how many records were ever written to the heartbeat topic of a region here; 0 if there
   * is no such topic.
   *
   * @throws ExecutionException if the Kafka does not answer
   */
  long heartbeats(Region peer) throws InterruptedException, ExecutionException {
    TopicPartition only = new TopicPartition(TopicNames.status(peer), 0);
    try (Admin admin = admin()) {
      // The client takes the offsets of a topic that is not there for an error of its own.
      admin.describeTopics(List.of(only.topic())).allTopicNames().get();
      return admin
          .listOffsets(Map.of(only, OffsetSpec.latest()))
          .partitionResult(only)
          .get()
          .offset();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return 0;
      }
      throw e;
    }
  }

  static String reason(Exception e) {
    Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
    String message = cause.getMessage();
    return cause.getClass().getSimpleName() + (message == null ? "" : ": " + message);
  }

  private Admin admin() {
    Map<String, Object> options = kafka.asClientOptions();
    options.put("request.timeout.ms", TIMEOUT_MS);
    options.put("default.api.timeout.ms", TIMEOUT_MS);
    return Admin.create(options);
  }
}
