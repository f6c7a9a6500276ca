package io.replicator.apply;

import io.replicator.model.Clocks;
import io.replicator.reading.Snapshot;
import io.replicator.reading.Window;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes partitions, each from where the group or else the journal knows that all is done, and gives
 * them up: called on the flow's thread, within poll.
 */
final class Partitions implements ConsumerRebalanceListener {
  private static final Logger LOG = LoggerFactory.getLogger(Partitions.class);

  /** Longer than an applier's call may take, so that no change ends after the next owner began. */
  static final Duration HANDOVER = Duration.ofSeconds(65);

  private final Consumer<byte[], byte[]> member;
  private final Journal journal;
  private final Readback readback;
  private final Checkpoint checkpoint;
  private final Lanes lanes;
  private final Delivery delivery;
  private final Window window;
  private final boolean remembers;
  private final Clocks clocks;

  /**
   * @param remembers whether ids of applied changes are remembered
   */
  Partitions(
      Consumer<byte[], byte[]> member,
      Journal journal,
      Readback readback,
      Checkpoint checkpoint,
      Lanes lanes,
      Delivery delivery,
      Window window,
      boolean remembers,
      Clocks clocks) {
    this.member = member;
    this.journal = journal;
    this.readback = readback;
    this.checkpoint = checkpoint;
    this.lanes = lanes;
    this.delivery = delivery;
    this.window = window;
    this.remembers = remembers;
    this.clocks = clocks;
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    if (!partitions.isEmpty()) {
      take(partitions, false);
    }
  }

  /** Reads partitions from their present begin: they do not hold any more what was to be next. */
  void readAnew(Collection<TopicPartition> partitions) {
    onPartitionsLost(partitions);
    take(partitions, true);
  }

  private void take(Collection<TopicPartition> partitions, boolean anew) {
    Map<Integer, Journal.Memory> memories = journal.read(numbers(partitions));
    Map<TopicPartition, OffsetAndMetadata> offsets = member.committed(Set.copyOf(partitions));
    Map<TopicPartition, Long> begins = member.beginningOffsets(partitions);
    Map<TopicPartition, Long> ends = member.endOffsets(partitions);
    Map<TopicPartition, Optional<Long>> nexts = new HashMap<>();
    Map<Integer, Long> fronts = new HashMap<>();
    for (TopicPartition partition : partitions) {
      long begin = begins.get(partition);
      Optional<Long> known =
          Optional.ofNullable(offsets.get(partition))
              .map(OffsetAndMetadata::offset)
              .or(() -> memories.get(partition.partition()).snapshot().map(Snapshot::offset));
      nexts.put(partition, known);
      fronts.put(
          partition.partition(),
          known.filter(it -> !anew && begin <= it && it <= ends.get(partition)).orElse(begin));
    }
    Map<Integer, Bay> bays = readback.take(fronts);
    try {
      for (TopicPartition partition : partitions) {
        int number = partition.partition();
        long begin = begins.get(partition);
        long front = fronts.get(number);
        Optional<Long> known = nexts.get(partition);
        Lane lane = take(partition, front, memories.get(number), bays.get(number));
        bays.remove(number);
        known
            .filter(it -> it != front)
            .ifPresent(
                it -> lane.reading().purged(lost(partition, begin, ends.get(partition), it)));
        OffsetAndMetadata committed = offsets.get(partition);
        if (committed == null || committed.offset() > front) {
          // No further than is read from: a topic that was created anew may grow past it, and
          // whoever has it next would pass over its begin. Where nothing was committed, that is to
          // tell of the purge once more: the journal does not hold it yet.
          long fence = Math.min(front, known.orElse(front));
          member.commitSync(Map.of(partition, new OffsetAndMetadata(fence)));
        }
      }
    } finally {
      bays.values().forEach(Bay::close); // those that no lane has
    }
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    giveUp(numbers(partitions), HANDOVER);
  }

  /** Others may have them already: nothing is committed, but what is under way must end. */
  @Override
  public void onPartitionsLost(Collection<TopicPartition> partitions) {
    lanes.drop(numbers(partitions), HANDOVER);
  }

  /** Lets go of partitions: nothing more is begun, and what is done is written down. */
  void giveUp(Collection<Integer> partitions, Duration patience) {
    long end = clocks.nanos() + patience.toNanos();
    checkpoint.last(lanes.drop(partitions, patience), end);
  }

  private static String lost(TopicPartition partition, long begin, long end, long next) {
    return partition
        + " holds offsets "
        + begin
        + " to "
        + end
        + " but the next to apply was "
        + next
        + ": it was purged or created anew";
  }

  private Lane take(TopicPartition partition, long front, Journal.Memory memory, Bay bay) {
    // What is read for the first time may have lost its head in its origin long ago.
    Instant born =
        memory
            .snapshot()
            .map(snapshot -> Instant.ofEpochMilli(snapshot.bornMillis()))
            .orElseGet(clocks.wall()::instant);
    Optional<RecentIds> ids =
        remembers ? Optional.of(new RecentIds(() -> window.bounds().ids())) : Optional.empty();
    member.seek(partition, front);
    Lane lane =
        new Lane(partition.partition(), front, born, memory, bay, ids, window, delivery, clocks);
    lanes.add(lane);
    if (bay.keys().size() > 0) {
      LOG.info("{}: {} changes wait in parking", partition, bay.keys().size());
    }
    LOG.info("{} from offset {}", partition, front);
    return lane;
  }

  private static Collection<Integer> numbers(Collection<TopicPartition> partitions) {
    return partitions.stream().map(TopicPartition::partition).toList();
  }
}
