package io.replicator.kafka;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A group member is a consumer that rests between two looks while its group's coordinator is out of
 * reach.
 *
 * <p>kafka-clients up to 4.3.1 does not wait then: a heartbeat is due that cannot be sent, each
 * poll turns round and round for as long as it may take, and every turn wakes the network's thread,
 * too: almost two processors for each member (KAFKA-20253, mended in the releases after it). A poll
 * that may take no time makes one turn, and the network's thread finds the coordinator all the
 * same.
 */
final class GroupMember extends KafkaConsumer<byte[], byte[]> {
  private static final Duration REST = Duration.ofMillis(50);

  /** No broker lets a member be silent for longer by default. */
  private static final double HEARTBEAT_SECONDS = 15;

  private final Metric connections;
  private final Metric silence;
  private final Metric answers;
  private boolean away;
  private double answered;

  GroupMember(Map<String, Object> settings) {
    super(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    connections = metric("consumer-metrics", "connection-count");
    silence = metric("consumer-coordinator-metrics", "last-heartbeat-seconds-ago");
    answers = metric("consumer-coordinator-metrics", "heartbeat-total");
  }

  private Metric metric(String group, String name) {
    return metrics().entrySet().stream()
        .filter(it -> it.getKey().group().equals(group) && it.getKey().name().equals(name))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("this client does not measure " + name));
  }

  @Override
  public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
    if (!isAway()) {
      return super.poll(timeout);
    }
    ConsumerRecords<byte[], byte[]> records = super.poll(Duration.ZERO);
    if (records.isEmpty()) {
      rest(timeout.compareTo(REST) < 0 ? timeout : REST);
    }
    return records;
  }

  /** Whether the coordinator is out of reach: from the first sign of it to its next answer. */
  private boolean isAway() {
    double soFar = value(answers);
    if (away) {
      away = soFar == answered;
    } else {
      double silent = value(silence);
      away = value(connections) == 0 || silent < 0 || silent > HEARTBEAT_SECONDS;
      answered = soFar;
    }
    return away;
  }

  private static double value(Metric metric) {
    return ((Number) metric.metricValue()).doubleValue();
  }

  private static void rest(Duration time) {
    try {
      TimeUnit.NANOSECONDS.sleep(time.toNanos());
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }
}
