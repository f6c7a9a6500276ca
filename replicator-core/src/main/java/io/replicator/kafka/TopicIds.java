package io.replicator.kafka;

import io.replicator.timer.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ids of topics as the cluster tells them every few seconds, so that one which was deleted and
 * created anew while an agent ran shows by another id. Thread-safe.
 */
public final class TopicIds implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TopicIds.class);
  private static final Duration PAUSE = Duration.ofSeconds(2);

  private final Admin admin;
  private final Map<String, String> ids;
  private final Timer.Handle asking;

  /**
   * @param admin of the local Kafka; stays the caller's to close
   * @param known the ids of the topics to ask for, by their names
   */
  public TopicIds(Admin admin, Map<String, String> known, Timer timer) {
    this.admin = admin;
    this.ids = new ConcurrentHashMap<>(known);
    this.asking = timer.every(PAUSE, this::ask);
  }

  /** Asks for more topics from now on, whose present ids are known. */
  public void add(Map<String, String> known) {
    ids.putAll(known);
  }

  /** Asks for a topic no more. */
  public void remove(String topic) {
    ids.remove(topic);
  }

  /** Returns the id that a topic had when the cluster last told it. */
  public String get(String topic) {
    return ids.get(topic);
  }

  @Override
  public void close() {
    asking.cancel();
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the callback takes note of failures, too
  private void ask() {
    admin
        .describeTopics(ids.keySet())
        .topicNameValues()
        .forEach(
            (topic, answer) ->
                answer.whenComplete((found, failure) -> note(topic, found, failure)));
  }

  /** That Kafka is away, or the topic, shows in the flow that would write to it. */
  private void note(String topic, TopicDescription found, Throwable failure) {
    if (failure != null) {
      LOG.debug("the id of topic {} is not told: {}", topic, failure.toString());
      return;
    }
    String present = found.topicId().toString();
    String before = ids.replace(topic, present);
    if (before != null && !present.equals(before)) {
      LOG.warn(
          "topic {} was created anew: its id was {}, now it is {}; what stood there and was not read"
              + " yet is gone, and the flows that read it will say so, here or in other regions",
          topic,
          before,
          present);
    }
  }
}
