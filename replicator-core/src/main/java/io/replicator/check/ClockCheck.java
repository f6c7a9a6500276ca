package io.replicator.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.replicator.kafka.TopicNames;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.record.TimestampType;

/**
 * A clock check compares the clocks of a region with this machine's, by the status that the agents
 * there publish every second: the brokers stamp it as it is written, and it is read a moment later.
 *
 * <p>The agent's own clock stands in it, too. What is measured is off by the time that a record
 * takes, so the quickest of some counts.
 */
final class ClockCheck {
  private static final Duration TOLERATED = Duration.ofSeconds(2);
  private static final Duration STEP = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(4);
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(1);
  private static final int ENOUGH = 3;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MEND =
      "keep the clocks of brokers, agents and services by NTP or chrony: lag and retention go by"
          + " them";

  private final Cluster cluster;
  private final InstantSource clock;
  private final Report report;

  /** How far the brokers are behind this machine, as told by the quickest record. */
  private long brokersBehind = Long.MAX_VALUE;

  /** How far each agent is behind its brokers. */
  private final Map<String, Long> agentsBehind = new TreeMap<>();

  ClockCheck(Cluster cluster, InstantSource clock, Report report) {
    this.cluster = cluster;
    this.clock = clock;
    this.report = report;
  }

  void run() {
    TopicPartition place = new TopicPartition(TopicNames.status(cluster.region()), 0);
    Consumer<byte[], byte[]> consumer = cluster.kafka().assignedConsumer("clock");
    try {
      if (consumer.partitionsFor(place.topic(), STEP).isEmpty()) {
        unmeasured("no agent has run there yet");
        return;
      }
      consumer.assign(List.of(place));
      consumer.seek(place, consumer.endOffsets(List.of(place), STEP).get(place));
      measure(consumer);
    } catch (UnknownTopicOrPartitionException e) {
      unmeasured("no agent has run there yet");
    } catch (KafkaException e) {
      unmeasured("the topic " + place.topic() + " cannot be read: " + e.getMessage());
    } finally {
      consumer.close(CloseOptions.timeout(CLOSE_LIMIT));
    }
  }

  private void measure(Consumer<byte[], byte[]> consumer) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    int seen = 0;
    while (seen < ENOUGH && System.nanoTime() < end) {
      for (ConsumerRecord<byte[], byte[]> line : consumer.poll(Duration.ofMillis(200))) {
        if (line.timestampType() == TimestampType.LOG_APPEND_TIME) {
          compare(line);
          seen++;
        }
      }
    }
    if (seen == 0) {
      unmeasured("no agent runs there, so that nothing is published");
    } else {
      judge();
    }
  }

  private void compare(ConsumerRecord<byte[], byte[]> line) {
    brokersBehind = Math.min(brokersBehind, clock.millis() - line.timestamp());
    try {
      JsonNode status = JSON.readTree(line.value());
      if (status.path("sentMillis").isNumber()) {
        agentsBehind.merge(
            status.path("agent").asText(),
            line.timestamp() - status.path("sentMillis").asLong(),
            Math::min);
      }
    } catch (IOException e) {
      // Of a form that is not known here: its stamp counts all the same.
    }
  }

  private void judge() {
    boolean right = near(brokersBehind);
    if (!right) {
      report.warning(
          subject(), "the brokers' clock is " + words(brokersBehind, "this machine's"), MEND);
    }
    for (Map.Entry<String, Long> agent : agentsBehind.entrySet()) {
      if (!near(agent.getValue())) {
        right = false;
        report.warning(
            subject(),
            "the clock of agent "
                + agent.getKey()
                + " is "
                + words(agent.getValue(), "its brokers'"),
            MEND);
      }
    }
    if (right) {
      report.ok(
          subject(),
          "within " + TOLERATED.toSeconds() + " s of this machine's, the agents' included");
    }
  }

  private static boolean near(long millis) {
    return Math.abs(millis) < TOLERATED.toMillis();
  }

  private static String words(long behind, String whose) {
    return Math.round(Math.abs(behind) / 1000.0)
        + " s "
        + (behind > 0 ? "behind " : "ahead of ")
        + whose;
  }

  private void unmeasured(String why) {
    report.untried(
        subject(), "could not be measured: " + why, "check again while an agent runs there");
  }

  private String subject() {
    return "clocks of " + cluster.region();
  }
}
