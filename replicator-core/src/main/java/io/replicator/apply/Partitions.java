package io.replicator.apply;

import io.replicator.reading.Snapshot;
import io.replicator.reading.Window;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
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
  private final Checkpoint checkpoint;
  private final Lanes lanes;
  private final Delivery delivery;
  private final Window window;
  private final boolean remembers;
  private final InstantSource clock;

  /**
   * @param remembers whether ids of applied changes are remembered
   */
  Partitions(
      Consumer<byte[], byte[]> member,
      Journal journal,
      Checkpoint checkpoint,
      Lanes lanes,
      Delivery delivery,
      Window window,
      boolean remembers,
      InstantSource clock) {
    this.member = member;
    this.journal = journal;
    this.checkpoint = checkpoint;
    this.lanes = lanes;
    this.delivery = delivery;
    this.window = window;
    this.remembers = remembers;
    this.clock = clock;
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    if (partitions.isEmpty()) {
      return;
    }
    Map<Integer, Journal.Memory> memories = journal.read(numbers(partitions));
    Map<TopicPartition, OffsetAndMetadata> offsets = member.committed(Set.copyOf(partitions));
    Map<TopicPartition, Long> begins = member.beginningOffsets(partitions);
    Map<TopicPartition, Long> ends = member.endOffsets(partitions);
    for (TopicPartition partition : partitions) {
      Journal.Memory memory = memories.get(partition.partition());
      long begin = begins.get(partition);
      Optional<Long> committed =
          Optional.ofNullable(offsets.get(partition)).map(OffsetAndMetadata::offset);
      Optional<Long> known = committed.or(() -> memory.snapshot().map(Snapshot::offset));
      long front = known.filter(it -> begin <= it && it <= ends.get(partition)).orElse(begin);
      Lane lane = take(partition, front, memory);
      known
          .filter(it -> it != front)
          .ifPresent(it -> lane.reading().purged(lost(partition, begin, ends.get(partition), it)));
      if (committed.isEmpty()) {
        member.commitSync(Map.of(partition, new OffsetAndMetadata(front)));
      }
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
    long end = System.nanoTime() + patience.toNanos();
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

  private Lane take(TopicPartition partition, long front, Journal.Memory memory) {
    // What is read for the first time may have lost its head in its origin long ago.
    Instant born =
        memory
            .snapshot()
            .map(snapshot -> Instant.ofEpochMilli(snapshot.bornMillis()))
            .orElseGet(clock::instant);
    Optional<RecentIds> ids =
        remembers ? Optional.of(new RecentIds(() -> window.bounds().ids())) : Optional.empty();
    member.seek(partition, front);
    Lane lane = new Lane(partition.partition(), front, born, memory, ids, window, delivery, clock);
    lanes.add(lane);
    LOG.info("{} from offset {}", partition, front);
    return lane;
  }

  private static Collection<Integer> numbers(Collection<TopicPartition> partitions) {
    return partitions.stream().map(TopicPartition::partition).toList();
  }
}
