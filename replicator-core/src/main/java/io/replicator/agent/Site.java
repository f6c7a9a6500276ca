package io.replicator.agent;

import io.replicator.capture.Capture;
import io.replicator.config.ResourceConfig;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicIds;
import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Clocks;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import io.replicator.timer.Timer;
import java.time.Duration;
import java.time.InstantSource;
import org.apache.kafka.clients.producer.Producer;

/**
 * A site is what all flows of an agent are opened with.
 *
 * @param local producer of the local Kafka; shared
 * @param retention of change topics
 * @param topicIds of the topics that are captured into
 */
record Site(
    Region here,
    KafkaClients kafka,
    Producer<byte[], byte[]> local,
    Timer timer,
    Clocks clocks,
    Controls controls,
    StatusBoard board,
    Duration retention,
    TopicIds topicIds) {
  /** Returns the clients of a flow, whose consumers fetch no more at once than its share. */
  KafkaClients kafka(Shares shares) {
    return kafka.fetching(shares.fetchBytes());
  }

  /** Returns the machine's clock. */
  InstantSource clock() {
    return clocks.wall();
  }

  /**
   * Opens a capture, which does nothing until it is started.
   *
   * @param name tells it from the other captures of the flow
   * @param topic of changes, or of hints
   */
  Capture capture(
      String name,
      Flow flow,
      String topic,
      ResourceConfig resource,
      Shares shares,
      Figures figures,
      Conditions conditions) {
    return new Capture(
        name,
        flow,
        topic,
        resource.partitions(),
        () -> topicIds.get(topic),
        resource.captureRate(),
        shares.pendingBytes(),
        kafka,
        timer,
        clocks,
        figures,
        conditions);
  }
}
