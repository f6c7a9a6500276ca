package io.replicator.apply;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicator.kafka.KafkaClients;
import io.replicator.model.Clocks;
import io.replicator.reading.Bounds;
import io.replicator.reading.Reading;
import io.replicator.reading.Window;
import io.replicator.spi.ReplicationException;
import io.replicator.timer.Timer;
import io.replicator.wire.Parked;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A take-over of partitions that fails on the way, without a broker. */
class TakeOverTest {
  private static final String CHANGES = "changes";
  private static final String PARKING = "parking";
  private static final TopicPartition CHANGED = new TopicPartition(CHANGES, 0);

  /** Less than one parked key takes. */
  private final Window window = new Window(new Bounds(10, 100, 10));

  private final Timer timer = new Timer(1);
  private final Lanes lanes = new Lanes(timer);
  private final LocalWrites writes = new LocalWrites("", System::nanoTime);
  private final Map<TopicPartition, Long> ends = new HashMap<>();
  private final Map<TopicPartition, ConsumerRecord<byte[], byte[]>> parked = new HashMap<>();
  private final Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
  private final KafkaClients kafka =
      new KafkaClients(
          Map.of(),
          "test",
          new KafkaClients.Opener() {
            @Override
            public Producer<byte[], byte[]> producer(Map<String, Object> settings) {
              throw new UnsupportedOperationException();
            }

            @Override
            public Consumer<byte[], byte[]> consumer(Map<String, Object> settings) {
              return new Stored();
            }

            @Override
            public Consumer<byte[], byte[]> member(Map<String, Object> settings) {
              throw new UnsupportedOperationException();
            }
          });

  /** Reads what is parked; all else is empty. */
  private class Stored extends MockConsumer<byte[], byte[]> {
    Stored() {
      super("none");
    }

    @Override
    public synchronized void assign(Collection<TopicPartition> partitions) {
      super.assign(partitions);
      Map<TopicPartition, Long> begins = new HashMap<>();
      partitions.forEach(one -> begins.put(one, 0L));
      updateBeginningOffsets(begins);
      partitions.stream()
          .filter(parked::containsKey)
          .sorted(Comparator.comparing(TopicPartition::partition))
          .forEach(one -> schedulePollTask(() -> addRecord(parked.get(one))));
    }

    @Override
    public synchronized Map<TopicPartition, Long> endOffsets(
        Collection<TopicPartition> partitions) {
      Map<TopicPartition, Long> all = new HashMap<>();
      partitions.forEach(one -> all.put(one, ends.getOrDefault(one, 0L)));
      return all;
    }
  }

  @AfterEach
  void close() {
    timer.close();
  }

  private void park(int partition, String format) {
    Parked one =
        Parked.of(
            CHANGES + "/" + partition + "/0",
            ("k" + partition).getBytes(UTF_8),
            new byte[1],
            new RecordHeaders(),
            new Parked.Failure("no", 1, Instant.EPOCH, Optional.empty()));
    Headers headers = one.recordHeaders();
    headers.remove("pk_format").add("pk_format", format.getBytes(UTF_8));
    TopicPartition place = new TopicPartition(PARKING, partition);
    ends.put(place, 1L);
    parked.put(
        place,
        new ConsumerRecord<>(
            PARKING,
            partition,
            0,
            0,
            TimestampType.CREATE_TIME,
            0,
            0,
            one.recordKey(),
            one.recordValue(),
            headers,
            Optional.empty()));
  }

  private Readback readback() {
    return new Readback(
        PARKING,
        CHANGES,
        kafka,
        new Parking(PARKING, null, writes),
        lanes,
        window,
        timer,
        Clocks.system());
  }

  @Test
  void ofParkingThatCannotBeReadNoRoomIsKept() {
    park(0, "1");
    park(1, "2");
    assertThatThrownBy(() -> readback().take(Map.of(0, 0L, 1, 0L)))
        .isInstanceOf(ReplicationException.class);
    assertThat(window.parkable(false)).isTrue();
  }

  @Test
  void whatNoLaneTookIsLetGoOfWhenTheGroupRefuses() {
    park(0, "1");
    park(1, "1");
    List<TopicPartition> both =
        List.of(new TopicPartition(CHANGES, 0), new TopicPartition(CHANGES, 1));
    MockConsumer<byte[], byte[]> member =
        new MockConsumer<>("none") {
          @Override
          public synchronized void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets) {
            throw new KafkaException("not now");
          }

          @Override
          public synchronized Map<TopicPartition, OffsetAndMetadata> committed(
              Set<TopicPartition> partitions) {
            return Map.of();
          }
        };
    member.assign(both);
    both.forEach(
        one -> {
          member.updateBeginningOffsets(Map.of(one, 0L));
          member.updateEndOffsets(Map.of(one, 0L));
        });
    Partitions partitions =
        new Partitions(
            member,
            new Journal("applied", kafka, null, 10, writes),
            readback(),
            null,
            lanes,
            null,
            window,
            false,
            Clocks.system());
    assertThatThrownBy(() -> partitions.onPartitionsAssigned(both))
        .isInstanceOf(KafkaException.class);
    assertThat(lanes.partitions()).hasSize(1);
    assertThat(window.parkable(false)).isFalse();
    lanes.all().forEach(lane -> lane.bay().close());
    assertThat(window.parkable(false)).isTrue();
  }

  /** The group's offsets are lost, and the agent may end before the journal holds the purge. */
  @Test
  void whatIsCommittedFirstLetsTheNextOwnerSeeAPurgeAsWell() {
    rememberUpTo(3);
    MockConsumer<byte[], byte[]> member =
        takenOver(Optional.empty(), Partitions::onPartitionsAssigned);
    assertThat(member.position(CHANGED)).isEqualTo(5);
    assertThat(committed).containsEntry(CHANGED, new OffsetAndMetadata(3));
  }

  /** It may grow past what is committed, and the agent may end before its snapshot stands. */
  @Test
  void whatIsCommittedBeyondATopicThatWasCreatedAnewIsTakenBack() {
    rememberUpTo(12);
    MockConsumer<byte[], byte[]> member =
        takenOver(Optional.of(12L), Partitions::onPartitionsAssigned);
    assertThat(member.position(CHANGED)).isEqualTo(5);
    assertThat(committed).containsEntry(CHANGED, new OffsetAndMetadata(5));
  }

  /** This agent was ahead of what it had committed, which the new topic has grown past. */
  @Test
  void aTopicThatWasCreatedAnewUnderAReaderIsReadFromItsBegin() {
    rememberUpTo(7);
    assertThat(takenOver(Optional.of(7L), Partitions::readAnew).position(CHANGED)).isEqualTo(5);
    assertThat(committed).containsEntry(CHANGED, new OffsetAndMetadata(5));
  }

  private void rememberUpTo(long offset) {
    TopicPartition journal = new TopicPartition("applied", 0);
    Reading reading = new Reading(0, Instant.EPOCH, Optional.empty(), Clocks.system());
    String line = "S " + reading.snapshot(offset, true).orElseThrow().toJson();
    ends.put(journal, 1L);
    parked.put(journal, new ConsumerRecord<>("applied", 0, 0, new byte[0], line.getBytes(UTF_8)));
  }

  /** Has 5 to 9 of a partition taken over; returns who took it. */
  private MockConsumer<byte[], byte[]> takenOver(
      Optional<Long> known, BiConsumer<Partitions, List<TopicPartition>> take) {
    MockConsumer<byte[], byte[]> member =
        new MockConsumer<>("none") {
          @Override
          public synchronized void commitSync(Map<TopicPartition, OffsetAndMetadata> offsets) {
            committed.putAll(offsets);
          }

          @Override
          public synchronized Map<TopicPartition, OffsetAndMetadata> committed(
              Set<TopicPartition> partitions) {
            return known.map(it -> Map.of(CHANGED, new OffsetAndMetadata(it))).orElse(Map.of());
          }
        };
    member.assign(List.of(CHANGED));
    member.updateBeginningOffsets(Map.of(CHANGED, 5L));
    member.updateEndOffsets(Map.of(CHANGED, 9L));
    take.accept(
        new Partitions(
            member,
            new Journal("applied", kafka, null, 10, writes),
            readback(),
            null,
            lanes,
            null,
            window,
            false,
            Clocks.system()),
        List.of(CHANGED));
    return member;
  }
}
