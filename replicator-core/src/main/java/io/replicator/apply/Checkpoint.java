package io.replicator.apply;

import io.replicator.model.Clocks;
import io.replicator.reading.Snapshot;
import io.replicator.timer.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoint writes down how far all is done: first a snapshot in the journal, then, once that
 * is durable, the group's offset. Called on the flow's thread.
 */
final class Checkpoint {
  private static final Logger LOG = LoggerFactory.getLogger(Checkpoint.class);
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration IDLE = Duration.ofSeconds(30);
  private static final Duration LEAST = Duration.ofSeconds(2);

  private final String topic;
  private final Consumer<byte[], byte[]> member;
  private final Journal journal;
  private final Lanes lanes;
  private final Timer timer;
  private final Clocks clocks;
  private final Duration retention;

  /** How far snapshots of lanes are durable that are not committed yet. */
  private final Map<Lane, Long> committable = new ConcurrentHashMap<>();

  private Instant written = Instant.EPOCH;
  private Instant idled;

  /**
   * @param retention of the change topic; incarnations silent for twice as long are forgotten
   */
  Checkpoint(
      String topic,
      Consumer<byte[], byte[]> member,
      Journal journal,
      Lanes lanes,
      Timer timer,
      Clocks clocks,
      Duration retention) {
    this.topic = topic;
    this.member = member;
    this.journal = journal;
    this.lanes = lanes;
    this.timer = timer;
    this.clocks = clocks;
    this.retention = retention;
    this.idled = Instant.EPOCH;
  }

  /** Writes down what is new, if it is time. Returns whether it was. */
  boolean tick() {
    Instant now = clocks.steady().instant();
    if (now.isBefore(written.plus(PAUSE))) {
      return false;
    }
    written = now;
    committable.keySet().retainAll(lanes.all()); // what was lost is another's to commit
    boolean idle = !now.isBefore(idled.plus(IDLE));
    if (idle) {
      idled = now;
      Instant limit = clocks.wall().instant().minus(retention.multipliedBy(2));
      lanes.readings().forEach(it -> it.forgetBefore(limit));
    }
    lanes.all().forEach(lane -> lane.snapshot(idle).ifPresent(it -> snapshot(lane, it)));
    Map<TopicPartition, OffsetAndMetadata> offsets = offsets(lanes.all());
    if (!offsets.isEmpty()) {
      member.commitAsync(
          offsets,
          (asked, failure) -> {
            if (failure != null) {
              LOG.debug("commit failed, the next one follows: {}", failure.toString());
            }
          });
    }
    return true;
  }

  /**
   * Writes down the last word of lanes that were dropped, within a patience.
   *
   * @param end of the patience, by {@link Clocks#nanos}
   */
  void last(List<Lane> dropped, long end) {
    if (dropped.isEmpty()) {
      return;
    }
    long left = Math.max(LEAST.toNanos(), end - clocks.nanos());
    CompletableFuture<Void> written =
        CompletableFuture.allOf(
            dropped.stream()
                .map(lane -> snapshot(lane, lane.snapshot(true).orElseThrow()))
                .map(CompletionStage::toCompletableFuture)
                .toArray(CompletableFuture<?>[]::new));
    try {
      if (timer.await(written, Duration.ofNanos(left)) && !written.isCompletedExceptionally()) {
        member.commitSync(offsets(dropped), Duration.ofNanos(left));
      } else {
        gaveUp(dropped, "the journal is not written");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (KafkaException e) {
      gaveUp(dropped, e.toString());
    }
  }

  private void gaveUp(List<Lane> dropped, String why) {
    LOG.warn(
        "{}: {} partitions were given up without a last commit; what was done of them is"
            + " recognised by the journal: {}",
        topic,
        dropped.size(),
        why);
  }

  private CompletionStage<Void> snapshot(Lane lane, Snapshot snapshot) {
    return journal
        .snapshot(lane.partition(), snapshot)
        .thenRun(() -> committable.merge(lane, snapshot.offset(), Math::max));
  }

  private Map<TopicPartition, OffsetAndMetadata> offsets(Collection<Lane> of) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    for (Lane lane : of) {
      Long offset = committable.remove(lane);
      if (offset != null && offset > 0) {
        offsets.put(new TopicPartition(topic, lane.partition()), new OffsetAndMetadata(offset));
      }
    }
    return offsets;
  }
}
