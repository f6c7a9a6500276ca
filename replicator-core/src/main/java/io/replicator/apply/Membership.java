package io.replicator.apply;

import io.replicator.lag.Conditions;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.reading.Gaps;
import io.replicator.reading.Window;
import io.replicator.wire.Decoded;
import io.replicator.wire.WireFormat;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.common.TopicPartition;

/**
 * One membership in a flow's consumer group: reads the partitions that it is given into their
 * lanes, no faster than they take it. Used by one thread.
 */
final class Membership {
  /** A member that was given no partition for so long has none to be refused. */
  private static final Duration SETTLED = Duration.ofSeconds(60);

  private static final Duration POLL = Duration.ofMillis(200);

  /** Short, because what is full now may be drained, and what is awaited read, in a moment. */
  private static final Duration POLL_SHORT = Duration.ofMillis(5);

  /** As often the lanes look whether they may begin more. */
  private static final Duration POLL_EASING = Duration.ofMillis(20);

  private final String topic;
  private final Consumer<byte[], byte[]> member;
  private final Lanes lanes;
  private final Window window;
  private final Partitions partitions;
  private final Readback readback;
  private final Checkpoint checkpoint;
  private final Gaps gaps;
  private final Conditions conditions;
  private final BooleanSupplier paused;
  private final InstantSource steady;

  /** Lanes rather than numbers: a partition that is taken again is read again. */
  private final Set<Lane> held = new HashSet<>();

  private boolean full;
  private boolean busy;
  private Instant joined;

  Membership(
      String topic,
      Consumer<byte[], byte[]> member,
      Lanes lanes,
      Window window,
      Partitions partitions,
      Readback readback,
      Checkpoint checkpoint,
      Gaps gaps,
      Conditions conditions,
      BooleanSupplier paused,
      InstantSource steady) {
    this.topic = topic;
    this.member = member;
    this.lanes = lanes;
    this.window = window;
    this.partitions = partitions;
    this.readback = readback;
    this.checkpoint = checkpoint;
    this.gaps = gaps;
    this.conditions = conditions;
    this.paused = paused;
    this.steady = steady;
  }

  /** Asks for partitions. */
  void join() {
    joined = steady.instant();
    member.subscribe(List.of(topic), partitions);
  }

  /**
   * Reads once, and writes down how far all is done if it is time.
   *
   * @throws org.apache.kafka.common.KafkaException if Kafka refuses
   */
  void turn() {
    regulate();
    try {
      read();
    } catch (InvalidOffsetException e) {
      // Purged under a slow reader: what is gone shows as a hole in the numbers, too.
      String reason =
          "records of "
              + e.partitions()
              + " were purged before they were applied, or their topic was created anew";
      partitions.readAnew(e.partitions());
      e.partitions().forEach(one -> lanes.get(one.partition()).reading().purged(reason));
    }
    busy = readback.tick(paused.getAsBoolean());
    if (checkpoint.tick()) {
      gaps.report(lanes.readings());
    }
  }

  private void read() {
    Set<Lane> touched = new LinkedHashSet<>();
    for (ConsumerRecord<byte[], byte[]> message : member.poll(pause())) {
      Lane lane = lanes.get(message.partition());
      if (lane != null && !held.contains(lane)) {
        accept(lane, message);
        touched.add(lane);
      }
    }
    if (!lanes.partitions().isEmpty() || steady.instant().isAfter(joined.plus(SETTLED))) {
      conditions.clear("consumer");
    }
    if (window.eases()) {
      lanes.pump();
    } else {
      touched.forEach(Lane::pump);
    }
  }

  private Duration pause() {
    if (full || busy) {
      return POLL_SHORT;
    }
    return window.eases() ? POLL_EASING : POLL;
  }

  private void accept(Lane lane, ConsumerRecord<byte[], byte[]> message) {
    Decoded decoded = WireFormat.decode(message.headers(), message.key(), message.value());
    if (decoded instanceof Decoded.Newer newer) {
      held.add(lane);
      conditions.set("format", tooNew(message, newer.format()));
    } else {
      lane.accept(new Entry(message, decoded));
    }
  }

  private Condition tooNew(ConsumerRecord<byte[], byte[]> message, int format) {
    return new Condition(
        FlowState.NEEDS_UPGRADE,
        topic
            + "-"
            + message.partition()
            + " holds a change of format "
            + format
            + " at "
            + message.offset()
            + ", this agent reads up to "
            + WireFormat.FORMAT,
        "upgrade the agents of this region; nothing is lost meanwhile");
  }

  /** Fetches no more than can be held, and nothing while paused or behind a newer format. */
  private void regulate() {
    if (held.removeIf(lane -> lanes.get(lane.partition()) != lane) && held.isEmpty()) {
      conditions.clear("format");
    }
    full = window.full() || (full && !window.drained());
    boolean all = full || paused.getAsBoolean();
    Set<TopicPartition> stopped = member.paused();
    Set<TopicPartition> pause = new HashSet<>();
    Set<TopicPartition> resume = new HashSet<>();
    for (int number : lanes.partitions()) {
      TopicPartition partition = new TopicPartition(topic, number);
      boolean stop = all || held.contains(lanes.get(number));
      if (stop != stopped.contains(partition)) {
        (stop ? pause : resume).add(partition);
      }
    }
    if (!pause.isEmpty()) {
      member.pause(pause);
    }
    if (!resume.isEmpty()) {
      member.resume(resume);
    }
  }
}
