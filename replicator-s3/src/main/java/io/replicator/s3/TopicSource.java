package io.replicator.s3;

import io.replicator.model.Condition;
import io.replicator.model.Hint;
import io.replicator.spi.HintSink;
import io.replicator.spi.HintSource;
import io.replicator.spi.SourceStatus;
import io.replicator.spi.TopicFeed;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A topic source takes a bucket's notifications from a topic of the region's own Kafka, where MinIO
 * and Ceph can send them. A record that cannot be read is passed over, and shows.
 */
final class TopicSource implements HintSource {
  private final String topic;
  private final Notifications notifications;
  private final HintSink sink;
  private final SourceHealth health;
  private final TopicFeed.Reading reading;

  TopicSource(
      String topic,
      Notifications notifications,
      HintSink sink,
      TopicFeed topics,
      InstantSource clock) {
    this.topic = topic;
    this.notifications = notifications;
    this.sink = sink;
    this.health = new SourceHealth("topic " + topic, clock);
    this.reading = topics.read(topic, this::take);
  }

  private CompletionStage<Void> take(byte[] value) {
    if (value == null) {
      return CompletableFuture.completedFuture(null); // a tombstone tells of no object
    }
    List<Hint> hints;
    try {
      hints = notifications.read(value);
    } catch (Notifications.UnreadableException e) {
      health.unreadable("of " + value.length + " bytes on " + topic, e.getMessage());
      return CompletableFuture.completedFuture(null);
    }
    return CompletableFuture.allOf(
        hints.stream()
            .map(hint -> sink.ready().thenCompose(ready -> sink.offer(hint)).toCompletableFuture())
            .toArray(CompletableFuture<?>[]::new));
  }

  @Override
  public SourceStatus status() {
    SourceStatus feed = reading.status();
    return feed.condition().equals(Condition.RUNNING)
        ? new SourceStatus(
            feed.deliveredUpTo(), feed.waiting(), feed.retention(), feed.hold(), health.condition())
        : feed;
  }

  @Override
  public void acceptGap() {
    reading.acceptGap();
    health.acceptGap();
  }

  @Override
  public void close() {
    reading.close();
  }
}
