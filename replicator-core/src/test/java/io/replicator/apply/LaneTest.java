package io.replicator.apply;

import static io.replicator.fixture.FakeSource.change;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.Change;
import io.replicator.model.Clocks;
import io.replicator.reading.Bounds;
import io.replicator.reading.Window;
import io.replicator.wire.Decoded;
import io.replicator.wire.Heartbeat;
import io.replicator.wire.Stamp;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;

/** A lane and its window, step by step, without a broker. */
class LaneTest {
  private static final String LIFE =
      Stamp.newIncarnation(Instant.parse("2026-01-01T00:00:00Z"), Stamp.newCapture());

  private final Window window = new Window(new Bounds(3, 10_000, 2));
  private final List<Entry> begun = new ArrayList<>();
  private final List<Entry> duplicates = new ArrayList<>();
  private Lane lane = lane(window);

  private Lane lane(Window of) {
    return new Lane(
        0,
        0,
        Instant.EPOCH,
        new Journal.Memory(Optional.empty(), new ArrayDeque<>()),
        new Bay(new ParkedKeys(of, System::nanoTime, UnaryOperator.identity()), new OwnWrites(0)),
        Optional.of(new RecentIds(() -> 2)),
        of,
        new Work() {
          @Override
          public void begin(Lane in, Entry entry) {
            begun.add(entry);
          }

          @Override
          public boolean isOpen() {
            return true;
          }

          @Override
          public void duplicate(Entry entry) {
            duplicates.add(entry);
          }

          @Override
          public void dropped(Entry entry) {}
        },
        Clocks.system());
  }

  private void accept(int number, String key, int bytes) {
    accept(number, "id-" + number, key, bytes);
  }

  private void accept(int number, String id, String key, int bytes) {
    acceptAt(number - 1L, number, id, key, bytes);
  }

  private void acceptAt(long offset, int number, String id, String key, int bytes) {
    Change change = change(id, key);
    lane.accept(
        new Entry(
            new ConsumerRecord<>("t", 0, offset, new byte[0], new byte[bytes]),
            new Decoded.Captured(change, new Stamp(LIFE, number))));
    lane.pump();
  }

  private void finish(int index) {
    lane.release(begun.get(index));
    lane.settle(begun.get(index));
  }

  @Test
  void noMoreIsBegunThanTheWindowHasPlaces() {
    for (int number = 1; number <= 10; number++) {
      accept(number, "k" + number, 0);
    }
    assertThat(begun).hasSize(3);
    // Released, but not yet remembered: a crash would repeat it, so its place stays taken.
    lane.release(begun.get(0));
    assertThat(begun).hasSize(3);
    lane.settle(begun.get(0));
    assertThat(begun).hasSize(4);
  }

  @Test
  void whatIsHeldIsBoundedInBytesAndFetchingGoesOnOnlyOnceHalfIsDone() {
    assertThat(window.full()).isFalse();
    for (int number = 1; number <= 5; number++) {
      Entry entry =
          new Entry(
              new ConsumerRecord<>(
                  "t",
                  0,
                  number,
                  0,
                  org.apache.kafka.common.record.TimestampType.LOG_APPEND_TIME,
                  0,
                  1_500,
                  new byte[0],
                  new byte[1_500],
                  new org.apache.kafka.common.header.internals.RecordHeaders(),
                  Optional.empty()),
              new Decoded.Unreadable("any"));
      window.hold(entry.bytes());
      assertThat(window.full()).isEqualTo(number == 5);
      assertThat(window.drained()).isEqualTo(number < 3);
    }
  }

  @Test
  void aKeysNextChangeBeginsWhenTheOneBeforeIsAppliedAndTheFrontWaitsForTheFirst() {
    accept(1, "a", 0);
    accept(2, "a", 0);
    accept(3, "b", 0);
    assertThat(begun).hasSize(2);
    finish(1);
    assertThat(begun).as("b is done, a's first is not").hasSize(2);
    assertThat(lane.front()).isZero();
    finish(0);
    assertThat(begun).hasSize(3);
    assertThat(lane.front()).isEqualTo(1);
    finish(2);
    assertThat(lane.front()).isEqualTo(3);
  }

  @Test
  void aBacklogOfOthersIsNoReasonToGiveUpWhatWaitsForItsTable() {
    accept(1, "late", 0);
    assertThat(lane.lacks(begun.get(0))).isFalse();
    lane.await(begun.get(0));
    for (int number = 2; number <= 30; number++) {
      accept(number, "k" + number % 3, 0);
    }
    assertThat(window.full()).isTrue();
    assertThat(lane.retry(begun.get(0))).isTrue();
    assertThat(lane.lacks(begun.get(0))).as("one waits").isFalse();
    for (int number = 31; number <= 50; number++) {
      accept(number, "late", 0);
    }
    assertThat(lane.lacks(begun.get(0))).as("twenty of its key wait behind it").isTrue();
    lane.release(begun.get(0));
    assertThat(window.crowded()).as("none waits any more").isFalse();
  }

  /** As where an operator has its dead letter tried again, under the same id. */
  @Test
  void whatWaitedForItsTableAndWasHadMeanwhileIsNoReasonEither() {
    accept(1, "late", 0);
    for (int number = 2; number <= 100; number++) {
      accept(number, "late", 0);
    }
    assertThat(lane.lacks(begun.get(0))).isTrue();
    lane.await(begun.get(0));
    accept(101, "id-1", "other", 0);
    finish(1);
    assertThat(lane.retry(begun.get(0))).isTrue();
    assertThat(duplicates).containsExactly(begun.get(0));
    assertThat(window.crowded()).isFalse();
  }

  @Test
  void whatWasStuckAndIsAppliedIsNoReasonToGiveUpWhatStillWaits() {
    accept(1, "late", 0);
    accept(2, "later", 0);
    for (int waiting = 0; waiting < 2; waiting++) {
      assertThat(lane.lacks(begun.get(waiting))).isFalse();
      lane.await(begun.get(waiting));
    }
    for (int number = 3; number <= 100; number++) {
      accept(number, "late", 0);
    }
    assertThat(lane.retry(begun.get(0))).isTrue();
    assertThat(lane.lacks(begun.get(0))).as("many wait behind it").isTrue();
    for (int index = 2; index < begun.size(); index++) {
      finish(index);
    }
    assertThat(begun).as("the first one twice").hasSize(101);
    for (int number = 101; !window.drained(); number++) {
      accept(number, "k" + number, 0);
      finish(begun.size() - 1);
    }
    assertThat(lane.lacks(begun.get(1))).isFalse();
    assertThat(window.crowded()).as("one waits").isFalse();
  }

  @Test
  void whatWaitsForItsTableStopsNoOthersHoweverManyTheyAre() {
    accept(1, "late", 0);
    lane.await(begun.get(0));
    for (int number = 2; number <= 20_000; number++) {
      acceptAt(2L * number, number, "id-" + number, "k" + number, 0);
      finish(number - 1);
      lane.accept(beat(2L * number + 1, number));
    }
    assertThat(window.full()).as("held").isFalse();
    assertThat(lane.front()).isZero();
    assertThat(lane.reading().upTo()).isEmpty();
    assertThat(lane.retry(begun.get(0))).isTrue();
    finish(begun.size() - 1);
    assertThat(lane.front()).isEqualTo(40_002);
    assertThat(lane.reading().upTo()).contains(Instant.ofEpochSecond(20_000));
    assertThat(window.drained()).as("all is let go of").isTrue();
  }

  @Test
  void aFullWindowDrainsBehindOneThatWaitsThoughNothingIsTriedAgain() {
    Window roomy = new Window(new Bounds(10, 24L << 20, 2));
    lane = lane(roomy);
    accept(1, "bad", 0);
    int number = 1;
    while (!roomy.full()) {
      number++;
      accept(number, "k" + number, 0);
    }
    lane.await(begun.get(0));
    for (int index = 1; index < begun.size(); index++) {
      finish(index);
    }
    assertThat(begun).hasSize(number);
    assertThat(roomy.drained()).as("more is fetched").isTrue();
    assertThat(lane.front()).isZero();
  }

  @Test
  void thoseThatWaitForTheirTableTakeNoPlaces() {
    for (int number = 1; number <= 1_000; number++) {
      accept(number, "late" + number, 0);
      lane.await(begun.get(number - 1));
    }
    accept(1_001, "other", 0);
    assertThat(begun).hasSize(1_001);
    lane.stop();
    assertThat(lane.retry(begun.get(0))).as("of a partition that was given up").isFalse();
  }

  private static Entry beat(long offset, int number) {
    return new Entry(
        new ConsumerRecord<>("t", 0, offset, null, new byte[0]),
        new Decoded.Beat(
            new Heartbeat(
                new Stamp(LIFE, number),
                Instant.ofEpochSecond(number),
                Optional.of(Instant.ofEpochSecond(number)),
                java.time.Duration.ofDays(1),
                false,
                "topic")));
  }

  @Test
  void whatIsReadTwiceIsBegunOnce() {
    accept(1, "a", 0);
    accept(2, "b", 0);
    accept(1, "a", 0);
    accept(2, "b", 0);
    accept(3, "c", 0);
    assertThat(begun).hasSize(3);
    assertThat(duplicates).isEmpty();
  }

  @Test
  void pendingIsWhatTheOriginSentAndIsNotDoneHere() {
    String life = LIFE;
    assertThat(lane.reading().pending(Map.of(life, new long[] {5}))).isEqualTo(5);
    accept(1, "a", 0);
    accept(2, "b", 0);
    assertThat(lane.reading().pending(Map.of(life, new long[] {5})))
        .as("read is not done")
        .isEqualTo(5);
    finish(0);
    assertThat(lane.reading().pending(Map.of(life, new long[] {5}))).isEqualTo(4);
    assertThat(lane.reading().pending(Map.of(life, new long[] {5}, "other-1", new long[] {3, 9})))
        .as("of this partition alone")
        .isEqualTo(7);
  }

  /** The mirror skipped it and went back, and it waits for its key meanwhile. */
  @Test
  void whatCameLateAndWaitsIsBegunThoughWhatNeverCameIsTakenAsLost() {
    accept(1, "a", 0);
    acceptAt(1, 5, "id-5", "b", 0);
    finish(1);
    acceptAt(2, 3, "id-3", "a", 0);
    assertThat(lane.reading().missing()).as("2 and 4").isEqualTo(2);
    lane.reading().acceptGap();
    assertThat(lane.reading().missing()).isZero();
    finish(0);
    assertThat(begun).hasSize(3);
    finish(2);
    assertThat(duplicates).isEmpty();
    assertThat(lane.reading().pending(Map.of(LIFE, new long[] {5}))).isZero();
  }

  /** The mirror repeats itself: 1 comes once more behind 2, and all of them are to be parked. */
  @Test
  void aChangeIsNotDoneWithItsCopyThatIsParkedBeforeIt() {
    accept(1, "a", 0);
    lane.free("a");
    accept(2, "a", 0);
    lane.free("a");
    acceptAt(2, 1, "id-1", "a", 0);
    lane.free("a");
    lane.passOn(begun.get(1));
    lane.passOn(begun.get(2));
    assertThat(lane.front()).isZero();
    assertThat(lane.reading().isDone(new Stamp(LIFE, 1))).isFalse();
    assertThat(lane.reading().isDone(new Stamp(LIFE, 2))).isTrue();
    lane.passOn(begun.get(0));
    assertThat(lane.reading().isDone(new Stamp(LIFE, 1))).isTrue();
    assertThat(lane.front()).isEqualTo(3);
    acceptAt(3, 1, "id-1", "a", 0);
    assertThat(duplicates).as("a copy of what is done").hasSize(1);
  }

  @Test
  void noMoreIdsAreRememberedThanThereIsRoomFor() {
    for (int number = 1; number <= 3; number++) {
      accept(number, "k", 0);
      finish(number - 1);
    }
    accept(4, "id-3", "k", 0);
    accept(5, "id-2", "k", 0);
    assertThat(duplicates).as("the newest two").hasSize(2);
    accept(6, "id-1", "k", 0);
    assertThat(begun).hasSize(4);
  }
}
