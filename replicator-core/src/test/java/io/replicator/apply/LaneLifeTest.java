package io.replicator.apply;

import static io.replicator.fixture.FakeSource.change;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.Clocks;
import io.replicator.model.Condition;
import io.replicator.reading.Bounds;
import io.replicator.reading.Snapshot;
import io.replicator.reading.Window;
import io.replicator.wire.Decoded;
import io.replicator.wire.Parked;
import io.replicator.wire.Stamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

/**
 * A partition of changes passes from lane to lane, by a seed: some end in order and some do not,
 * the mirror repeats itself, calls fail, changes are parked and writes to parking refused. Whatever
 * happens, each change is applied, and none of a key for the first time after a later one.
 */
class LaneLifeTest {
  private static final int SEEDS = Integer.getInteger("replicator.lane.seeds", 3_000);
  private static final int STEPS = 150;
  private static final int KEYS = 3;
  private static final long STEP_NANOS = Duration.ofSeconds(2).toNanos();
  private static final String LIFE =
      Stamp.newIncarnation(Instant.parse("2026-01-01T00:00:00Z"), Stamp.newCapture());
  private static final Parked.Failure WHY =
      new Parked.Failure("no", 0, Instant.EPOCH, Optional.empty());

  @Test
  void eachChangeIsAppliedInTheOrderOfItsKeyWhoeverHoldsThePartition() {
    long first = Long.getLong("seed", new Random().nextInt(1_000_000));
    for (long seed = first; seed < first + SEEDS; seed++) {
      new Partition(seed).live();
    }
  }

  /** A change in the partition: its offset is its place in the list. */
  private record Written(int key, int number) {}

  /** A record of parking, by the offset of the change: its place there is that in the list. */
  private record InParking(long mark, boolean ends) {}

  /** Something that is under way, and what becomes of it. */
  private record Call(Entry entry, boolean applies, Runnable succeeds, Runnable fails) {}

  private static final class Partition implements Work {
    private final long seed;
    private final Random random;
    private final List<Written> log = new ArrayList<>();
    private final List<InParking> parking = new ArrayList<>();
    private final List<Journal.Applied> journal = new ArrayList<>();
    private final Map<Integer, Integer> lastApplied = new HashMap<>();
    private final Set<Integer> applied = new HashSet<>();
    private final List<Call> underWay = new ArrayList<>();
    private Optional<Snapshot> durable = Optional.empty();
    private long committed;
    private int numbers;
    private Lane lane;
    private int next;
    private long nanos;
    private boolean allIsWell;

    Partition(long seed) {
      this.seed = seed;
      this.random = new Random(seed);
    }

    void live() {
      take();
      for (int step = 0; step < STEPS; step++) {
        step();
      }
      allIsWell = true;
      for (int turn = 0; lane.front() < log.size() || lane.bay().keys().size() > 0; turn++) {
        assertThat(turn).as("seed %d: it comes to an end", seed).isLessThan(100 * STEPS);
        read();
        readParking();
        finishOne();
      }
      assertThat(applied).as("seed %d: all is applied", seed).hasSize(numbers);
    }

    private void step() {
      int dice = random.nextInt(100);
      if (dice < 25) {
        write();
      } else if (dice < 50) {
        read();
      } else if (dice < 80) {
        finishOne();
      } else if (dice < 90) {
        readParking();
      } else if (dice < 95) {
        checkpoint();
      } else if (dice < 98) {
        handOver();
      } else {
        crash();
      }
    }

    private void write() {
      log.add(new Written(random.nextInt(KEYS), ++numbers));
      if (random.nextInt(8) == 0) {
        int from = Math.max(0, log.size() - 1 - random.nextInt(8));
        log.addAll(List.copyOf(log.subList(from, log.size())));
      }
    }

    private void read() {
      int end = Math.min(log.size(), next + 1 + random.nextInt(5));
      for (; next < end; next++) {
        lane.accept(new Entry(message(next), captured(next)));
      }
      lane.pump();
    }

    private ConsumerRecord<byte[], byte[]> message(long offset) {
      return new ConsumerRecord<>("t", 0, offset, new byte[0], new byte[0]);
    }

    private Decoded.Captured captured(long offset) {
      Written written = log.get((int) offset);
      return new Decoded.Captured(
          change(Integer.toString(written.number()), "k" + written.key()),
          new Stamp(LIFE, written.number()));
    }

    private String key(long offset) {
      return "k" + log.get((int) offset).key();
    }

    private void finishOne() {
      nanos += STEP_NANOS;
      if (!underWay.isEmpty()) {
        Call call = underWay.remove(random.nextInt(underWay.size()));
        if (allIsWell || random.nextInt(5) < 3) {
          call.succeeds().run();
        } else {
          call.fails().run();
        }
      }
    }

    private void readParking() {
      nanos += STEP_NANOS;
      ParkedKeys keys = lane.bay().keys();
      keys.held()
          .forEach(
              (key, mark) -> {
                if (lane.isPast(key, mark)) {
                  keys.letGo(key, mark);
                }
              });
      keys.choose();
      for (long place : keys.wanted()) {
        long mark = parking.get((int) place).mark();
        keys.loaded(place, Long.toString(mark), message(mark), captured(mark));
      }
      lane.revive();
    }

    @Override
    public void begin(Lane in, Entry entry) {
      if (entry.ticket.isPresent()) {
        if (in.wasApplied(entry, captured(entry.message.offset()))) {
          end(in, entry);
        } else {
          underWay.add(
              new Call(
                  entry,
                  true,
                  () -> {
                    apply(entry);
                    remember(entry);
                    end(in, entry);
                  },
                  () -> in.putBack(entry, Condition.RUNNING)));
        }
        return;
      }
      long offset = entry.message.offset();
      in.bay()
          .keys()
          .expect(key(offset), offset)
          .ifPresentOrElse(arrival -> follow(in, entry, arrival), () -> call(in, entry));
    }

    private void call(Lane in, Entry entry) {
      underWay.add(
          new Call(
              entry,
              true,
              () -> {
                apply(entry);
                in.release(entry);
                remember(entry);
                in.settle(entry);
              },
              () -> park(in, entry)));
    }

    private void end(Lane in, Entry entry) {
      parking.add(new InParking(entry.message.offset(), true));
      in.end(entry);
      in.settle(entry);
    }

    /** As {@link Parker} does with what follows others. */
    private void follow(Lane in, Entry entry, Arrivals.Arrival arrival) {
      ParkedKeys keys = in.bay().keys();
      write(
          in,
          entry,
          place -> keys.arrived(arrival, place, WHY, () -> in.passOn(entry)).forEach(Runnable::run),
          () -> keys.canceled(arrival).forEach(Runnable::run));
      in.free(key(entry.message.offset()));
    }

    /** As it does with the first change of a key. */
    private void park(Lane in, Entry entry) {
      long offset = entry.message.offset();
      write(
          in,
          entry,
          place -> {
            in.bay().keys().park(key(offset), place, offset, WHY, Condition.RUNNING);
            in.free(key(offset));
            in.passOn(entry);
          },
          () -> {});
    }

    private void write(Lane in, Entry entry, LongConsumer durable, Runnable dropped) {
      long mark = entry.message.offset();
      underWay.add(
          new Call(
              entry,
              false,
              () -> {
                parking.add(new InParking(mark, false));
                durable.accept(parking.size() - 1);
              },
              () -> {
                in.rest();
                Runnable again =
                    () -> {
                      if (in.wake()) {
                        write(in, entry, durable, dropped);
                      } else {
                        dropped.run();
                      }
                    };
                underWay.add(new Call(entry, false, again, again));
              }));
    }

    private void apply(Entry entry) {
      Written written = log.get((int) entry.message.offset());
      if (applied.add(written.number())) {
        assertThat(lastApplied.getOrDefault(written.key(), 0))
            .as("seed %d: %s is not overtaken", seed, written)
            .isLessThan(written.number());
        lastApplied.put(written.key(), written.number());
      }
    }

    private void remember(Entry entry) {
      Decoded.Captured captured = captured(entry.message.offset());
      journal.add(new Journal.Applied(captured.stamp(), captured.change().id()));
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void duplicate(Entry entry) {}

    @Override
    public void dropped(Entry entry) {}

    private void checkpoint() {
      lane.snapshot(true).ifPresent(snapshot -> durable = Optional.of(snapshot));
      if (random.nextBoolean()) {
        committed = durable.orElseThrow().offset();
      }
    }

    private void handOver() {
      var quiet = lane.stop().toCompletableFuture();
      for (int turn = 0; !quiet.isDone(); turn++) {
        assertThat(turn).as("seed %d: it is given up", seed).isLessThan(100 * STEPS);
        finishOne();
      }
      checkpoint();
      lane.clear();
      underWay.clear();
      take();
    }

    /** What was under way may have come through, and no one heard of it. */
    private void crash() {
      for (Call call : underWay) {
        if (random.nextBoolean()) {
          if (call.applies()) {
            apply(call.entry());
          } else {
            parking.add(new InParking(call.entry().message.offset(), false));
          }
        }
      }
      underWay.clear();
      take();
    }

    private void take() {
      Window window = new Window(Bounds.MOST, () -> nanos);
      Bay bay =
          new Bay(
              new ParkedKeys(window, () -> nanos, UnaryOperator.identity()),
              new OwnWrites(committed));
      for (int place = 0; place < parking.size(); place++) {
        long mark = parking.get(place).mark();
        bay.writes().found(place, mark);
        if (parking.get(place).ends()) {
          bay.keys().endedElsewhere(Optional.of(key(mark)), mark);
        } else {
          bay.keys().add(key(mark), place, mark, WHY, null);
          if (bay.writes().isLate(mark)) {
            bay.keys().hold(key(mark), mark);
          }
        }
      }
      next = (int) committed;
      lane =
          new Lane(
              0,
              committed,
              Instant.EPOCH,
              new Journal.Memory(durable, new ArrayDeque<>(journal)),
              bay,
              Optional.of(new RecentIds(() -> 10_000)),
              window,
              this,
              Clocks.system());
    }
  }
}
