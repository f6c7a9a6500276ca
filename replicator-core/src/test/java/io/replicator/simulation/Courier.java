package io.replicator.simulation;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * A courier mirrors a topic as MirrorMaker does: each partition in order, from where it was written
 * down that it had come; now and then from far before that.
 */
final class Courier {
  private static final Duration PAUSE = Duration.ofMillis(100);
  private static final int MOST = 20;

  private final String topic;
  private final Cluster origin;
  private final Cluster to;
  private final Clockwork clockwork;
  private final Faults faults;
  private final Map<TopicPartition, Long> committed = new HashMap<>();

  Courier(String topic, Cluster from, Cluster to, Clockwork clockwork, Faults faults) {
    this.topic = topic;
    this.origin = from;
    this.to = to;
    this.clockwork = clockwork;
    this.faults = faults;
  }

  /** Mirrors until a process is over. */
  void start(Life life) {
    Map<TopicPartition, Long> positions = new HashMap<>();
    for (TopicPartition partition : origin.partitions(topic)) {
      positions.put(partition, committed.getOrDefault(partition, 0L));
    }
    next(life, positions);
  }

  private void next(Life life, Map<TopicPartition, Long> positions) {
    clockwork.after(clockwork.upTo(PAUSE), life, () -> work(life, positions));
  }

  private void work(Life life, Map<TopicPartition, Long> positions) {
    for (TopicPartition partition : origin.partitions(topic)) {
      if (origin.isDown() || to.isDown() || clockwork.chance(.3)) {
        continue;
      }
      if (clockwork.chance(faults.replay())) {
        long back = clockwork.below((int) (positions.get(partition) + 1));
        long from = positions.put(partition, back);
        clockwork.say(
            () -> "the mirror goes back in " + partition + " from " + from + " to " + back);
      }
      for (ConsumerRecord<byte[], byte[]> record :
          origin.read(partition, positions.get(partition), 1 + clockwork.below(MOST))) {
        life.speaks();
        to.append(
            partition, record.key(), record.value(), new RecordHeaders(record.headers().toArray()));
        positions.put(partition, record.offset() + 1);
      }
      if (clockwork.chance(.1)) {
        committed.put(partition, positions.get(partition));
      }
    }
    next(life, positions);
  }
}
