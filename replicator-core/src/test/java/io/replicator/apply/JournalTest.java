package io.replicator.apply;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.kafka.KafkaClients;
import io.replicator.model.Clocks;
import io.replicator.reading.Reading;
import io.replicator.wire.Stamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** What a restart learns from the journal, without a broker. */
class JournalTest {
  private static final TopicPartition PLACE = new TopicPartition("applied", 0);
  private static final String LIFE = Stamp.newIncarnation(Instant.EPOCH, Stamp.newCapture());

  private final List<String> lines = new ArrayList<>();
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

  /** Reads the lines. */
  private class Stored extends MockConsumer<byte[], byte[]> {
    Stored() {
      super("none");
    }

    @Override
    public synchronized void assign(Collection<TopicPartition> partitions) {
      super.assign(partitions);
      updateBeginningOffsets(Map.of(PLACE, 0L));
      updateEndOffsets(Map.of(PLACE, (long) lines.size()));
    }

    @Override
    public synchronized void seek(TopicPartition partition, long offset) {
      super.seek(partition, offset);
      for (int at = (int) offset; at < lines.size(); at++) {
        addRecord(
            new ConsumerRecord<>(PLACE.topic(), 0, at, new byte[0], lines.get(at).getBytes(UTF_8)));
      }
    }
  }

  private void applied(int from, int to) {
    for (int number = from; number <= to; number++) {
      lines.add("A " + LIFE + " " + number + " id-" + number);
    }
  }

  private List<String> ids(int most) {
    Journal journal =
        new Journal("applied", kafka, null, most, new LocalWrites("", System::nanoTime));
    return journal.read(List.of(0)).get(0).applied().stream().map(Journal.Applied::id).toList();
  }

  @Test
  void allThatWasAppliedSinceTheLastSnapshotIsKnownHoweverFewIdsAreRemembered() {
    Reading reading = new Reading(0, Instant.EPOCH, Optional.empty(), Clocks.system());
    applied(1, 5);
    lines.add("S " + reading.snapshot(0, true).orElseThrow().toJson());
    applied(6, 12);
    assertThat(ids(3)).containsExactly("id-6", "id-7", "id-8", "id-9", "id-10", "id-11", "id-12");
    assertThat(ids(9)).as("and the newest before it").hasSize(8).startsWith("id-5");
  }
}
