package io.replicator.settle;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.ledger.Ledger;
import io.replicator.model.Clocks;
import io.replicator.reading.Reading;
import io.replicator.reading.Snapshot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/**
 * A partition of hints passes from owner to owner, by a seed: some end in order and some do not,
 * offsets are committed late, the consumer goes back, records come twice, keys are done in any
 * order. Whatever happens, each key is looked at after its last write.
 */
class OwnerLifeTest {
  private static final int SEEDS = Integer.getInteger("replicator.owner.seeds", 3_000);
  private static final int STEPS = 120;
  private static final int KEYS = 4;

  @Test
  void eachKeyIsLookedAtAfterItsLastWriteWhoeverHoldsThePartition() {
    long first = Long.getLong("seed", new Random().nextInt(1_000_000));
    for (long seed = first; seed < first + SEEDS; seed++) {
      new Partition(seed).live();
    }
  }

  /** A hint in the partition: its offset is its place in the list. */
  private record Written(int key, int number) {}

  /** A look that is under way: what had been written when it began is what it sees. */
  private record Look(Entry entry, int key, int sees) {}

  private static final class Partition {
    private final long seed;
    private final Random random;
    private final List<Written> log = new ArrayList<>();
    private final List<Look> underWay = new ArrayList<>();
    private final int[] lastWrite = new int[KEYS];
    private final int[] seen = new int[KEYS];
    private Optional<Snapshot> durable = Optional.empty();
    private long committed;
    private int numbers;
    private Input input;
    private Owner owner;
    private int next;

    Partition(long seed) {
      this.seed = seed;
      this.random = new Random(seed);
    }

    void live() {
      Arrays.fill(lastWrite, -1);
      Arrays.fill(seen, -1);
      take();
      for (int step = 0; step < STEPS; step++) {
        step();
      }
      owner.open();
      for (int turn = 0; next < log.size() || !underWay.isEmpty(); turn++) {
        assertThat(turn).as("seed %d: it comes to an end", seed).isLessThan(100 * STEPS);
        read();
        finishOne();
      }
      for (int key = 0; key < KEYS; key++) {
        assertThat(seen[key])
            .as("seed %d: key %d was looked at after its last write", seed, key)
            .isGreaterThanOrEqualTo(lastWrite[key]);
      }
      assertThat(input.front()).as("seed %d: all is done", seed).isEqualTo(log.size());
    }

    private void step() {
      int dice = random.nextInt(100);
      if (dice < 35) {
        write();
      } else if (dice < 60) {
        read();
      } else if (dice < 80) {
        finishOne();
      } else if (dice < 86) {
        owner.open();
      } else if (dice < 91) {
        checkpoint(random.nextBoolean());
      } else if (dice < 94) {
        next = Math.min(next, (int) committed); // as a consumer may
      } else if (dice < 97) {
        handOver(true);
      } else {
        handOver(false);
      }
    }

    /** A write and its notification, which may come twice: as another record, or as the same. */
    private void write() {
      int key = random.nextInt(KEYS);
      lastWrite[key] = log.size();
      Written hint = new Written(key, ++numbers);
      log.add(hint);
      int dice = random.nextInt(10);
      if (dice == 0) {
        log.add(new Written(key, ++numbers));
      } else if (dice == 1) {
        log.add(hint);
      }
    }

    private void read() {
      int end = Math.min(log.size(), next + 1 + random.nextInt(3));
      for (; next < end; next++) {
        Written hint = log.get(next);
        owner.accept(Entries.look(input, "k" + hint.key(), next, hint.number()));
      }
      if (owner.hasBegun()) {
        owner.pump();
      }
    }

    private void finishOne() {
      if (!underWay.isEmpty()) {
        Look look = underWay.remove(random.nextInt(underWay.size()));
        seen[look.key()] = Math.max(seen[look.key()], look.sees());
        owner.finished(look.entry());
      }
    }

    private void checkpoint(boolean commits) {
      Map<Input, Snapshot> snapshots = owner.snapshots(false);
      snapshots.values().forEach(snapshot -> durable = Optional.of(snapshot));
      owner.remembered(snapshots);
      if (commits) {
        committed = owner.committable().getOrDefault(input.place(), committed);
      }
    }

    /** What is under way has no one any more who would hear how it ended. */
    private void handOver(boolean inOrder) {
      owner.stop();
      if (inOrder) {
        checkpoint(true);
      }
      underWay.clear();
      take();
    }

    private void take() {
      Inflow inflow = Entries.inflow(true);
      Reading reading = new Reading(0, Instant.EPOCH, durable, Clocks.system());
      input = new Input(new TopicPartition(inflow.topic(), 0), inflow, reading, committed);
      next = (int) committed;
      owner =
          new Owner(
              0,
              new Ledger(),
              List.of(input),
              Entries.work(
                  entry -> {
                    int key = Integer.parseInt(entry.key().substring(1));
                    underWay.add(new Look(entry, key, log.size() - 1));
                  }));
      if (random.nextBoolean()) {
        owner.open();
      }
    }
  }
}
