package io.replicator.apply;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.fixture.FakeSource;
import io.replicator.fixture.FakeTarget;
import io.replicator.fixture.Fuzz;
import io.replicator.fixture.FuzzedRecord;
import io.replicator.fixture.KafkaBroker;
import io.replicator.model.Change;
import io.replicator.model.FlowState;
import io.replicator.wire.Decoded;
import io.replicator.wire.Stamp;
import io.replicator.wire.WireFormat;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The whole road of damaged records, from the change topic to the target. */
class FuzzedRoadTest {
  private static final int RECORDS = 10_000;
  private static final int PARTITIONS = 3;
  private static KafkaBroker broker;

  @BeforeAll
  static void startBroker() {
    broker = KafkaBroker.started();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  /** What was sent: the changes as they were, and what is to become of the records. */
  private static final class Sent {
    final Map<String, String> originals = new HashMap<>();
    final Set<String> unharmed = new HashSet<>();
    int refused;
    int beats;
  }

  @Test
  void ofDamagedRecordsNoneIsAppliedAsAnythingElseAndNoneStopsTheOthers() {
    Fuzz.times(
        1,
        random -> {
          try (ApplyRig rig = new ApplyRig(broker, PARTITIONS);
              FakeTarget target = new FakeTarget(false)) {
            Sent sent = send(rig, random);
            ApplyRig.Member member = rig.start(target);
            rig.awaitCommitted();
            for (Change change : target.applied()) {
              assertThat(FuzzedRecord.whole(change)).isEqualTo(sent.originals.get(change.id()));
            }
            assertThat(target.ids()).doesNotHaveDuplicates().containsAll(sent.unharmed);
            assertThat(sent.refused).isBetween(RECORDS / 3, RECORDS);
            assertThat(member.figures.deadLetteredCount()).isEqualTo(sent.refused);
            assertThat(rig.contents(rig.deadLetters())).hasSize(sent.refused);
            assertThat(
                    member.figures.appliedCount()
                        + member.figures.duplicateCount()
                        + sent.refused
                        + sent.beats)
                .isEqualTo(RECORDS);
            assertThat(member.conditions.present().state())
                .isIn(FlowState.RUNNING, FlowState.DEGRADED);
            rig.reincarnate();
            rig.send(FakeSource.change("last-1", "last"));
            await().atMost(Duration.ofSeconds(60)).until(() -> target.ids().contains("last-1"));
          }
        });
  }

  /** A third goes out as it is. What is taken for a newer format holds its partition: none is. */
  private static Sent send(ApplyRig rig, Random random) {
    Sent sent = new Sent();
    List<FuzzedRecord> before = new ArrayList<>();
    long[] numbers = new long[PARTITIONS];
    for (int i = 0; i < RECORDS; i++) {
      FuzzedRecord original;
      if (random.nextInt(20) == 0) {
        original = FuzzedRecord.of(rig.flow, FuzzedRecord.heartbeat(random));
      } else {
        Change change = FuzzedRecord.change(random, "id-" + i);
        sent.originals.put(change.id(), FuzzedRecord.whole(change));
        long number = ++numbers[partition(change.key().getBytes(UTF_8))];
        Stamp stamp = new Stamp(rig.incarnation, number);
        original = FuzzedRecord.of(rig.flow, change, stamp);
        if (i % 3 == 0) {
          sent.unharmed.add(change.id());
        }
      }
      before.add(original);
      FuzzedRecord record = original;
      Decoded decoded = decode(record);
      boolean mutating = i % 3 != 0;
      while (mutating) {
        record = original.mutated(random, before.get(random.nextInt(before.size())));
        decoded = decode(record);
        mutating = decoded instanceof Decoded.Newer;
      }
      sent.refused += decoded instanceof Decoded.Unreadable ? 1 : 0;
      sent.beats += decoded instanceof Decoded.Beat ? 1 : 0;
      rig.raw(partition(record.key()), record.key(), record.value(), record.headers());
    }
    return sent;
  }

  /** A key has one partition, as on every road. */
  private static int partition(byte[] key) {
    return Math.floorMod(Arrays.hashCode(key), PARTITIONS);
  }

  private static Decoded decode(FuzzedRecord record) {
    return WireFormat.decode(record.headers(), record.key(), record.value());
  }
}
