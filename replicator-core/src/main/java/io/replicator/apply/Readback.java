package io.replicator.apply;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.kafka.KafkaClients;
import io.replicator.model.Clocks;
import io.replicator.reading.Window;
import io.replicator.spi.ReplicationException;
import io.replicator.timer.Timer;
import io.replicator.wire.Parked;
import io.replicator.wire.WireFormat;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a flow's parking back: whole when a partition is taken, then what others write to it, and
 * again, by offset, each change whose turn it is. Used by the flow's thread.
 */
final class Readback implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Readback.class);

  /** Longer than brokers take to end a transaction that a replay which died left open. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final Duration LEAVE = Duration.ofSeconds(2);

  /** What lies further away is gone to rather than read over. */
  private static final long NEAR = 500;

  private final String topic;
  private final String changes;
  private final KafkaClients kafka;
  private final Parking parking;
  private final Lanes lanes;
  private final Window window;
  private final Timer timer;
  private final Clocks clocks;
  private final Consumer<byte[], byte[]> tail;
  private Consumer<byte[], byte[]> again;

  /**
   * @param topic of parking
   * @param changes the change topic
   */
  Readback(
      String topic,
      String changes,
      KafkaClients kafka,
      Parking parking,
      Lanes lanes,
      Window window,
      Timer timer,
      Clocks clocks) {
    this.topic = topic;
    this.changes = changes;
    this.kafka = kafka;
    this.parking = parking;
    this.lanes = lanes;
    this.window = window;
    this.timer = timer;
    this.clocks = clocks;
    this.tail = kafka.assignedConsumer("parking-tail");
  }

  /**
   * Takes partitions: reads all that is parked there, also behind the open transaction of a replay,
   * whose end is waited for. Blocks.
   *
   * @param fronts of the lanes that are about to begin
   * @throws KafkaException if Kafka does not answer
   * @throws ReplicationException if a newer agent wrote there
   */
  Map<Integer, Bay> take(Map<Integer, Long> fronts) {
    Map<Integer, Bay> bays = new HashMap<>();
    fronts.forEach(
        (partition, front) ->
            bays.put(
                partition,
                new Bay(
                    new ParkedKeys(window, clocks::nanos, timer::about), new OwnWrites(front))));
    try {
      fill(bays);
      return bays;
    } catch (KafkaException | ReplicationException e) {
      bays.values().forEach(Bay::close);
      throw e;
    }
  }

  private void fill(Map<Integer, Bay> bays) {
    List<TopicPartition> taken = bays.keySet().stream().map(this::partition).toList();
    Set<TopicPartition> others = assign();
    others.removeAll(taken);
    Set<TopicPartition> all = new HashSet<>(others);
    all.addAll(taken);
    tail.assign(all);
    tail.pause(others);
    tail.seekToBeginning(taken);
    Map<TopicPartition, Long> ends = kafka.ends(taken);
    long patience = System.nanoTime() + PATIENCE.toNanos();
    while (taken.stream().anyMatch(one -> tail.position(one) < ends.get(one))) {
      for (ConsumerRecord<byte[], byte[]> message : tail.poll(Duration.ofSeconds(1))) {
        patience = System.nanoTime() + PATIENCE.toNanos();
        found(bays.get(message.partition()), message);
      }
      if (System.nanoTime() - patience > 0) {
        throw new TimeoutException("reading " + topic + " came to a standstill");
      }
    }
    tail.resume(others);
  }

  /**
   * Reads what there is to read, without waiting for it, and has begun what can be.
   *
   * @return whether something is being read that is waited for
   */
  boolean tick(boolean paused) {
    if (assign().isEmpty()) {
      return false;
    }
    for (ConsumerRecord<byte[], byte[]> message : tail.poll(Duration.ZERO)) {
      Lane lane = lanes.get(message.partition());
      if (lane != null) {
        told(lane, message);
      }
    }
    if (paused) {
      return false;
    }
    boolean busy = readAgain();
    lanes.all().forEach(Lane::revive);
    return busy;
  }

  @Override
  public void close() {
    tail.close(CloseOptions.timeout(LEAVE));
    if (again != null) {
      again.close(CloseOptions.timeout(LEAVE));
    }
  }

  /** Reads no partition on whose lane is gone; returns the others. */
  private Set<TopicPartition> assign() {
    Set<TopicPartition> assigned = new HashSet<>(tail.assignment());
    if (assigned.removeIf(one -> lanes.get(one.partition()) == null)) {
      tail.assign(assigned);
    }
    return assigned;
  }

  private void found(Bay bay, ConsumerRecord<byte[], byte[]> message) {
    Optional<String> place = place(message);
    if (place.isEmpty()) {
      return;
    }
    long mark = mark(message.partition(), place.get());
    bay.writes().found(message.offset(), mark);
    if (message.value() == null) {
      bay.keys().endedElsewhere(key(message), mark);
    } else {
      read(message).ifPresent(it -> found(bay, message.offset(), mark, it));
    }
  }

  private static void found(Bay bay, long offset, long mark, Parked parked) {
    bay.keys().add(keyOf(parked), offset, mark, parked.failure(), null);
    if (bay.writes().isLate(mark)) {
      bay.keys().hold(keyOf(parked), mark);
    }
  }

  /** What this agent wrote is known already; the rest is an operator's, or a dead owner's. */
  private void told(Lane lane, ConsumerRecord<byte[], byte[]> message) {
    Optional<String> place = place(message);
    if (place.isEmpty()) {
      return;
    }
    long mark = mark(message.partition(), place.get());
    boolean own = lane.bay().writes().isOwn(message.offset(), mark);
    if (message.value() == null) {
      lane.bay().keys().endedElsewhere(key(message), mark);
    } else if (!own) {
      read(message).ifPresent(it -> toldOf(lane, message.offset(), mark, it));
    }
  }

  private void toldOf(Lane lane, long offset, long mark, Parked parked) {
    String key = keyOf(parked);
    ParkedKeys keys = lane.bay().keys();
    if (lane.bay().writes().isLate(mark) && !keys.holds(key, mark)) {
      // It is this agent's to see to, from the change topic. Should this end of it come to nothing,
      // the journal still knows it as done.
      parking
          .end(lane.partition(), parked.place(), key.getBytes(UTF_8))
          .exceptionally(
              failure -> {
                LOG.debug("{} was not ended: {}", parked.place(), failure.toString());
                return null;
              });
      return;
    }
    keys.add(key, offset, mark, parked.failure(), lane.next(key));
    LOG.info("{}: {} waits in parking: {}", parked.place(), key, parked.failure().reason());
  }

  private boolean readAgain() {
    Map<TopicPartition, List<Long>> wanted = new HashMap<>();
    for (Lane lane : lanes.all()) {
      ParkedKeys keys = lane.bay().keys();
      keys.held()
          .forEach(
              (key, mark) -> {
                if (lane.isPast(key, mark)) {
                  keys.letGo(key, mark);
                }
              });
      keys.choose();
      List<Long> offsets = lane.bay().keys().wanted();
      if (!offsets.isEmpty()) {
        wanted.put(partition(lane.partition()), offsets);
      }
    }
    if (wanted.isEmpty() && again == null) {
      return false;
    }
    if (again == null) {
      again = kafka.assignedConsumer("parking-reader");
    }
    Map<TopicPartition, Long> from = new HashMap<>();
    Set<TopicPartition> before = again.assignment();
    again.assign(wanted.keySet());
    wanted.forEach(
        (partition, offsets) -> {
          long first = offsets.get(0);
          if (!before.contains(partition) || !isNear(again.position(partition), first)) {
            again.seek(partition, first);
          }
          from.put(partition, again.position(partition));
        });
    if (wanted.isEmpty()) {
      return false;
    }
    for (ConsumerRecord<byte[], byte[]> message : again.poll(Duration.ZERO)) {
      Lane lane = lanes.get(message.partition());
      if (lane != null && message.value() != null) {
        read(message).ifPresent(parked -> loaded(lane, message.offset(), parked));
      }
    }
    from.forEach(
        (partition, offset) -> {
          Lane lane = lanes.get(partition.partition());
          if (lane != null) {
            lane.bay().keys().passed(wanted.get(partition), offset, again.position(partition));
          }
        });
    return true;
  }

  private static boolean isNear(long position, long offset) {
    return position <= offset && offset - position < NEAR;
  }

  private void loaded(Lane lane, long offset, Parked parked) {
    ConsumerRecord<byte[], byte[]> original =
        new ConsumerRecord<>(
            changes,
            lane.partition(),
            Math.max(0, mark(lane.partition(), parked.place())),
            ConsumerRecord.NO_TIMESTAMP,
            TimestampType.NO_TIMESTAMP_TYPE,
            parked.key() == null ? 0 : parked.key().length,
            parked.value() == null ? 0 : parked.value().length,
            parked.key(),
            parked.value(),
            new RecordHeaders(parked.headers()),
            Optional.empty());
    lane.bay()
        .keys()
        .loaded(
            offset,
            parked.place(),
            original,
            WireFormat.decode(parked.headers(), parked.key(), parked.value()));
  }

  private Optional<Parked> read(ConsumerRecord<byte[], byte[]> message) {
    if (Parked.format(message.headers()) > Parked.FORMAT) {
      throw new ReplicationException(
          ReplicationException.Kind.NEWER,
          "%s-%d holds a parked change of format %d at %d, this agent reads up to %d"
              .formatted(
                  topic,
                  message.partition(),
                  Parked.format(message.headers()),
                  message.offset(),
                  Parked.FORMAT),
          "upgrade this agent; nothing is lost meanwhile",
          null);
    }
    try {
      return Optional.of(Parked.read(message.headers(), message.key(), message.value()));
    } catch (IllegalArgumentException e) {
      LOG.warn(
          "{}-{} holds at {} what is no parked change, which is left there: {}. Find out who wrote"
              + " it; only agents write to this topic",
          topic,
          message.partition(),
          message.offset(),
          e.getMessage());
      return Optional.empty();
    }
  }

  private long mark(int partition, String place) {
    return Mark.of(place, changes + "/" + partition + "/");
  }

  private TopicPartition partition(int number) {
    return new TopicPartition(topic, number);
  }

  private static String keyOf(Parked parked) {
    return parked.key() == null ? "" : new String(parked.key(), UTF_8);
  }

  private static Optional<String> key(ConsumerRecord<byte[], byte[]> message) {
    return Parked.key(message.headers()).map(key -> new String(key, UTF_8));
  }

  private static Optional<String> place(ConsumerRecord<byte[], byte[]> message) {
    return Optional.ofNullable(message.key()).map(place -> new String(place, UTF_8));
  }
}
