package io.replicator.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.spi.SourceStatus;
import io.replicator.spi.TopicFeed;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What stands in a topic of notifications becomes hints, and an operator ends what was lost. */
class TopicSourceTest {
  private static final String TOPIC = "events";

  private final RecordingSink sink = new RecordingSink();
  private final Feed feed = new Feed();
  private final TopicSource source =
      new TopicSource(
          TOPIC,
          new Notifications(
              Plans.at(
                  new Place(
                      "us-east-1", Optional.of(URI.create("http://127.0.0.1:1")), Optional.empty()),
                  "us-east-1",
                  "photos",
                  Map.of())),
          sink,
          feed,
          InstantSource.system());

  /** A feed whose records the test writes. */
  private static final class Feed implements TopicFeed, TopicFeed.Reading {
    private Function<byte[], CompletionStage<Void>> handler;
    private Condition condition = Condition.RUNNING;
    private boolean closed;

    @Override
    public Reading read(String topic, Function<byte[], CompletionStage<Void>> handler) {
      assertThat(topic).isEqualTo(TOPIC);
      this.handler = handler;
      return this;
    }

    CompletableFuture<Void> write(String value) {
      return handler.apply(value == null ? null : value.getBytes(UTF_8)).toCompletableFuture();
    }

    @Override
    public SourceStatus status() {
      return new SourceStatus(
          Optional.of(Instant.EPOCH),
          OptionalLong.of(0),
          Optional.empty(),
          Duration.ZERO,
          condition);
    }

    @Override
    public void acceptGap() {
      condition = Condition.RUNNING;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @AfterEach
  void close() {
    source.close();
    assertThat(feed.closed).isTrue();
  }

  private FlowState state() {
    return source.status().condition().state();
  }

  @Test
  void aRecordIsDoneWithWhenItsHintsAreDurable() {
    sink.hold();
    CompletableFuture<Void> done =
        feed.write(NotificationsTest.message("ObjectCreated:Put", "photos", "a"));
    assertThat(sink.keys()).containsExactly("a");
    assertThat(done.isDone()).isFalse();
    sink.release();
    assertThat(done).isCompleted();
    assertThat(feed.write(null)).as("a tombstone").isCompleted();
  }

  @Test
  void aRecordThatCannotBeReadIsPassedOverAndShowsUntilItIsAccepted() {
    assertThat(feed.write("nonsense")).isCompleted();
    assertThat(state()).isEqualTo(FlowState.DEGRADED);
    assertThat(source.status().condition().hint()).contains("backfill", "accept-gap");
    source.acceptGap();
    assertThat(state()).isEqualTo(FlowState.RUNNING);
    assertThat(feed.write("nonsense again")).isCompleted();
    assertThat(state()).isEqualTo(FlowState.DEGRADED);
  }

  @Test
  void whatTheTopicLostShowsUntilItIsAccepted() {
    feed.condition = new Condition(FlowState.DEGRADED, "lost", "mend");
    assertThat(source.status().condition().reason()).isEqualTo("lost");
    source.acceptGap();
    assertThat(state()).isEqualTo(FlowState.RUNNING);
  }
}
