package io.replicator.kafka;

import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.spi.SourceStatus;
import io.replicator.spi.TopicFeed;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * A feed whose readers are members of a consumer group, so that the agents of a region share a
 * topic out. An offset is committed once everything before it is done with; a topic that is read
 * for the first time is read from its beginning.
 */
public final class GroupFeed implements TopicFeed {
  private final KafkaClients kafka;
  private final String group;
  private final InstantSource clock;

  /**
   * @param group begins the names of the groups; the topic's follows
   */
  public GroupFeed(KafkaClients kafka, String group, InstantSource clock) {
    this.kafka = kafka;
    this.group = group;
    this.clock = clock;
  }

  @Override
  public Reading read(String topic, Function<byte[], CompletionStage<Void>> handler) {
    Member member = new Member(topic, handler);
    member.thread.start();
    return member;
  }

  private final class Member implements Reading, ConsumerRebalanceListener {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration PAUSE = Duration.ofSeconds(2);
    private static final Duration LEAVE = Duration.ofSeconds(5);

    private final String topic;
    private final Function<byte[], CompletionStage<Void>> handler;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;
    private volatile Condition condition = Condition.RUNNING;
    private volatile Optional<Instant> upTo = Optional.empty();
    private volatile OptionalLong waiting = OptionalLong.empty();
    private Consumer<byte[], byte[]> member;

    Member(String topic, Function<byte[], CompletionStage<Void>> handler) {
      this.topic = topic;
      this.handler = handler;
      this.thread = new Thread(this::run, "feed-" + topic);
      thread.setDaemon(true);
    }

    private void run() {
      while (stop.getCount() > 0) {
        try (Consumer<byte[], byte[]> joined =
            kafka.groupConsumer("feed-" + topic, group + "." + topic)) {
          member = joined;
          joined.subscribe(List.of(topic), this);
          while (stop.getCount() > 0) {
            pass();
          }
          joined.close(CloseOptions.timeout(LEAVE));
        } catch (KafkaException | IllegalStateException e) {
          condition =
              new Condition(
                  FlowState.BLOCKED,
                  "cannot read the notifications in topic " + topic + ": " + e.getMessage(),
                  "does the topic exist in the local Kafka, and may the agent read it?");
          await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
      }
    }

    private void pass() throws InterruptedException {
      Instant begun = clock.instant();
      List<CompletableFuture<Void>> done = new ArrayList<>();
      Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
      for (ConsumerRecord<byte[], byte[]> message : member.poll(POLL)) {
        if (message.value() != null) {
          done.add(handler.apply(message.value()).toCompletableFuture());
        }
        offsets.put(
            new TopicPartition(topic, message.partition()),
            new OffsetAndMetadata(message.offset() + 1));
      }
      finish(done);
      if (!offsets.isEmpty() && stop.getCount() > 0) {
        member.commitSync(offsets);
      }
      Set<TopicPartition> assigned = member.assignment();
      long unread = assigned.stream().mapToLong(it -> member.currentLag(it).orElse(0)).sum();
      waiting = OptionalLong.of(unread);
      if (!assigned.isEmpty()) {
        condition = Condition.RUNNING;
      }
      if (unread == 0) {
        upTo = Optional.of(begun);
      }
    }

    /** Waits for all, as long as that takes, or until this is closed. */
    private void finish(List<CompletableFuture<Void>> done) throws InterruptedException {
      CompletableFuture<Void> all =
          CompletableFuture.allOf(done.toArray(CompletableFuture<?>[]::new));
      while (stop.getCount() > 0 && !all.isDone()) {
        stop.await(5, TimeUnit.MILLISECONDS);
      }
      if (all.isCompletedExceptionally()) {
        throw new IllegalStateException("a notification was not taken");
      }
    }

    private void await() {
      try {
        if (stop.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
          condition = Condition.RUNNING;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      Map<TopicPartition, OffsetAndMetadata> committed = member.committed(Set.copyOf(partitions));
      Map<TopicPartition, Long> begins = member.beginningOffsets(partitions);
      for (TopicPartition place : partitions) {
        OffsetAndMetadata known = committed.get(place);
        long begin = begins.get(place);
        member.seek(place, known == null ? begin : Math.max(begin, known.offset()));
      }
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      upTo = Optional.empty();
    }

    @Override
    public SourceStatus status() {
      return new SourceStatus(upTo, waiting, Optional.empty(), Duration.ZERO, condition);
    }

    @Override
    public void close() {
      stop.countDown();
      try {
        thread.join(LEAVE.multipliedBy(2).toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
