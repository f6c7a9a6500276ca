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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A feed whose readers are members of a consumer group, so that the agents of a region share a
 * topic out. An offset is committed once everything before it is done with; a topic that is read
 * for the first time is read from its beginning.
 *
 * <p>What was purged before it was read, with the topic or alone, is DEGRADED until an operator
 * accepts it: only a backfill brings it back, which brings no deletes, so that none ends it here.
 * What is lost stands beside the partition's committed offset, so that whoever reads it next says
 * so, too.
 */
public final class GroupFeed implements TopicFeed {
  private static final Logger LOG = LoggerFactory.getLogger(GroupFeed.class);

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

    /** Within so long after it has joined, a member has what it is given at first. */
    private static final Duration SETTLING = Duration.ofSeconds(2);

    private static final Duration LEAVE = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(2);

    private final String topic;
    private final Function<byte[], CompletionStage<Void>> handler;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;
    private volatile Condition condition = Condition.RUNNING;
    private volatile boolean accepted;
    private volatile Optional<Instant> upTo = Optional.empty();
    private volatile OptionalLong waiting = OptionalLong.empty();
    private Consumer<byte[], byte[]> member;

    /** Behind what was handed on and is not committed yet, in the partitions that are held. */
    private final Map<TopicPartition, OffsetAndMetadata> taken = new HashMap<>();

    /** The partitions of which an offset was committed: it goes with the topic alone. */
    private final Set<TopicPartition> read = new HashSet<>();

    /** What was lost of a partition, as it stands beside its offset. */
    private final Map<TopicPartition, String> losses = new ConcurrentHashMap<>();

    private boolean holding;
    private Optional<Instant> joinedAt = Optional.empty();

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
          holding = false;
          joinedAt = Optional.empty();
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
      taken.clear();
      accept();
      for (ConsumerRecord<byte[], byte[]> message : poll()) {
        if (message.value() != null) {
          done.add(handler.apply(message.value()).toCompletableFuture());
        }
        TopicPartition place = new TopicPartition(topic, message.partition());
        taken.put(
            place, new OffsetAndMetadata(message.offset() + 1, losses.getOrDefault(place, "")));
      }
      finish(done);
      if (!taken.isEmpty() && stop.getCount() > 0) {
        member.commitSync(taken);
        read.addAll(taken.keySet());
      }
      look(begun);
    }

    /** What an operator has accepted is to be forgotten by whoever reads the topic next, too. */
    private void accept() {
      if (!accepted) {
        return;
      }
      accepted = false;
      Map<TopicPartition, OffsetAndMetadata> cleared = new HashMap<>();
      for (TopicPartition place : member.assignment()) {
        if (losses.containsKey(place)) {
          cleared.put(place, new OffsetAndMetadata(member.position(place)));
        }
      }
      member.commitSync(cleared);
      losses.clear();
      LOG.info("what was lost of topic {} is accepted", topic);
    }

    private ConsumerRecords<byte[], byte[]> poll() {
      try {
        return member.poll(POLL);
      } catch (InvalidOffsetException e) {
        // Purged under a slow reader, or the topic was made anew.
        Map<TopicPartition, Long> begins = member.beginningOffsets(e.partitions());
        begins.forEach(
            (place, begin) -> {
              lose(place, place + " was purged before it was read, or made anew");
              member.seek(place, begin);
            });
        return ConsumerRecords.empty();
      }
    }

    /** Tells what is unread; nothing of a partition before the brokers have answered for it. */
    private void look(Instant begun) {
      if (member.groupMetadata().generationId() <= 0) {
        return; // not joined yet: that there is nothing to read is not known
      }
      joinedAt = joinedAt.filter(before -> !before.isAfter(begun)).or(() -> Optional.of(begun));
      Set<TopicPartition> assigned = member.assignment();
      if (assigned.isEmpty()) {
        if (begun.isBefore(joinedAt.get().plus(SETTLING))) {
          return;
        }
        refuseMissing();
      }
      List<OptionalLong> lags = assigned.stream().map(member::currentLag).toList();
      if (lags.stream().anyMatch(OptionalLong::isEmpty)) {
        return;
      }
      long unread = lags.stream().mapToLong(OptionalLong::getAsLong).sum();
      waiting = OptionalLong.of(unread);
      if (!assigned.isEmpty()) {
        condition = Condition.RUNNING;
      }
      if (unread == 0 && isReadToItsEnd(assigned)) {
        upTo = Optional.of(begun);
      }
    }

    /** What the last fetch told may be old: the partition may have got another leader since. */
    private boolean isReadToItsEnd(Set<TopicPartition> assigned) {
      try {
        return member.endOffsets(assigned, ANSWER).entrySet().stream()
            .allMatch(end -> end.getValue() <= member.position(end.getKey(), ANSWER));
      } catch (TimeoutException e) {
        LOG.debug("the end of topic {} is not known: {}", topic, e.toString());
        return false;
      }
    }

    /** A topic that is not there gives nobody a partition, and no error either. */
    private void refuseMissing() {
      List<PartitionInfo> there = member.partitionsFor(topic);
      if (there == null || there.isEmpty()) {
        throw new UnknownTopicOrPartitionException("there is no such topic");
      }
    }

    /**
     * Waits for all, as long as that takes, or until this is closed. A member that did not poll
     * meanwhile would lose its partitions, and others would be handed the same.
     */
    private void finish(List<CompletableFuture<Void>> done) throws InterruptedException {
      CompletableFuture<Void> all =
          CompletableFuture.allOf(done.toArray(CompletableFuture<?>[]::new));
      long polled = System.nanoTime();
      while (stop.getCount() > 0 && !all.isDone()) {
        if (System.nanoTime() - polled > POLL.toNanos()) {
          stay();
        } else {
          stop.await(5, TimeUnit.MILLISECONDS);
        }
      }
      if (holding) {
        holding = false;
        member.resume(member.paused());
      }
      if (all.isCompletedExceptionally()) {
        throw new IllegalStateException("a notification was not taken");
      }
    }

    /** Stays a member for a moment without reading on. */
    private void stay() {
      holding = true;
      member.pause(member.assignment());
      poll();
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
      Map<TopicPartition, Long> ends = member.endOffsets(partitions);
      for (TopicPartition place : partitions) {
        OffsetAndMetadata known = committed.get(place);
        long begin = begins.get(place);
        long end = ends.get(place);
        long next = known == null ? begin : known.offset();
        if (known != null) {
          read.add(place);
        }
        if (known != null && !known.metadata().isEmpty()) {
          losses.put(place, known.metadata());
        }
        if (known == null && read.contains(place)) {
          lose(place, place + " was made anew, or how far it was read is lost");
          member.seek(place, begin);
        } else if (begin <= next && next <= end) {
          member.seek(place, next);
        } else {
          lose(
              place,
              "%s holds offsets %d to %d but the next to read was %d: it was purged or made anew"
                  .formatted(place, begin, end, next));
          member.seek(place, begin);
        }
      }
      if (holding) {
        member.pause(partitions);
      }
    }

    private void lose(TopicPartition place, String what) {
      losses.put(place, what);
      Condition told = told(what);
      LOG.warn("{}. {}", told.reason(), told.hint());
    }

    private Condition told(String what) {
      return new Condition(
          FlowState.DEGRADED,
          "notifications in topic " + topic + " were lost: " + what,
          "run replicator backfill for this flow; it brings what was written meanwhile, not what"
              + " was deleted; then run replicator accept-gap for it");
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      upTo = Optional.empty();
      // Whoever has them now reads on from what is committed.
      taken.keySet().removeAll(partitions);
      losses.keySet().removeAll(partitions);
      joinedAt = Optional.empty(); // what it gets in their place is not known yet
    }

    @Override
    public SourceStatus status() {
      return new SourceStatus(upTo, waiting, Optional.empty(), Duration.ZERO, worst());
    }

    @Override
    public void acceptGap() {
      accepted = true;
    }

    /** What cannot be read now is graver than what was lost once. */
    private Condition worst() {
      Condition now = condition;
      return now.state() == FlowState.RUNNING
          ? losses.values().stream().findFirst().map(this::told).orElse(now)
          : now;
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
