package io.replicator.apply;

import static io.replicator.fixture.FakeSource.change;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.reading.Bounds;
import io.replicator.reading.Window;
import io.replicator.wire.Decoded;
import io.replicator.wire.Parked;
import io.replicator.wire.Stamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What waits in parking and whose turn it is, step by step, without a broker. */
class ParkedKeysTest {
  private static final String LIFE =
      Stamp.newIncarnation(Instant.parse("2026-01-01T00:00:00Z"), Stamp.newCapture());

  private final Window window = new Window(new Bounds(10, 100_000, 10));
  private final ParkedKeys keys =
      new ParkedKeys(window, System::nanoTime, UnaryOperator.identity());

  private static Parked.Failure why(int attempts, long second) {
    return new Parked.Failure(
        "no", attempts, Instant.EPOCH, Optional.of(Instant.ofEpochSecond(second)));
  }

  private void add(String key, long offset, long mark) {
    keys.add(key, offset, mark, why(0, mark), null);
  }

  private void load(long offset) {
    load(offset, 100);
  }

  private void load(long offset, int bytes) {
    keys.loaded(
        offset,
        "place/" + offset,
        new ConsumerRecord<>(
            "t",
            0,
            offset,
            ConsumerRecord.NO_TIMESTAMP,
            TimestampType.NO_TIMESTAMP_TYPE,
            0,
            bytes,
            new byte[0],
            new byte[0],
            new RecordHeaders(),
            Optional.empty()),
        new Decoded.Captured(change("id-" + offset, "any"), new Stamp(LIFE, offset + 1)));
  }

  /** Loads what is wanted and returns what is to be begun, by its place in parking. */
  private List<Long> begun() {
    return turn().stream().map(entry -> entry.ticket.orElseThrow().offset()).toList();
  }

  private List<Entry> turn() {
    keys.choose();
    keys.wanted().forEach(this::load);
    return keys.takeReady();
  }

  @Test
  void aKeysChangesAreBegunOneAfterTheOtherAndKeysSideBySide() {
    add("a", 10, 1);
    add("a", 11, 2);
    add("b", 12, 3);
    List<Entry> first = turn();
    assertThat(first)
        .extracting(entry -> entry.message.offset())
        .containsExactlyInAnyOrder(10L, 12L);
    assertThat(begun()).as("while those are under way").isEmpty();
    Entry ofA = first.stream().filter(it -> it.message.offset() == 10).findFirst().orElseThrow();
    assertThat(keys.ended(ofA.ticket.orElseThrow())).as("the last of its key").isFalse();
    List<Entry> next = keys.takeReady();
    assertThat(next).extracting(entry -> entry.message.offset()).containsExactly(11L);
    assertThat(keys.ended(next.get(0).ticket.orElseThrow())).isTrue();
    assertThat(keys.expect("a", 4)).as("a new one need not wait").isEmpty();
    assertThat(keys.expect("b", 4)).isPresent();
    assertThat(keys.size()).isEqualTo(1);
  }

  @Test
  void whatFailsIsTriedAgainAfterAPauseAndCountsItsTries() {
    add("a", 10, 1);
    Entry entry = turn().get(0);
    entry.tries.attempts = 1;
    keys.failed(entry.ticket.orElseThrow(), entry, Condition.RUNNING);
    assertThat(keys.size()).isEqualTo(1);
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () ->
                assertThat(turn())
                    .singleElement()
                    .satisfies(again -> assertThat(again.tries.attempts).isEqualTo(1)));
  }

  @Test
  void theLeastOfTheTimesIsHeldBackUntilItsChangeIsEnded() {
    keys.add("a", 10, 1, why(0, 100), null);
    keys.add("b", 11, 2, why(0, 50), null);
    keys.add("a", 12, 3, why(0, 200), null);
    keys.add("c", 13, -3, new Parked.Failure("", 0, Instant.EPOCH, Optional.empty()), null);
    assertThat(keys.bound()).contains(Instant.ofEpochSecond(50));
    keys.endedElsewhere(Optional.of("b"), 2);
    assertThat(keys.bound()).contains(Instant.ofEpochSecond(100));
    keys.endedElsewhere(Optional.empty(), 1);
    assertThat(keys.bound()).contains(Instant.ofEpochSecond(200));
    keys.endedElsewhere(Optional.of("a"), 3);
    assertThat(keys.bound()).isEmpty();
    assertThat(keys.size()).isEqualTo(1);
  }

  @Test
  void aSourceWhoseClockIsSetBackIsHeldBackAtTheEarlierTime() {
    keys.add("a", 10, 1, why(0, 1200), null);
    keys.add("a", 11, 3, why(0, 1100), null);
    assertThat(keys.bound()).contains(Instant.ofEpochSecond(1100));
    keys.add("a", 12, 4, why(0, 1300), null);
    keys.add("a", 13, 2, why(0, 1150), null);
    keys.endedElsewhere(Optional.of("a"), 1);
    assertThat(keys.bound()).as("what came in between").contains(Instant.ofEpochSecond(1100));
    keys.endedElsewhere(Optional.of("a"), 2);
    keys.endedElsewhere(Optional.of("a"), 3);
    assertThat(keys.bound()).contains(Instant.ofEpochSecond(1300));
  }

  @Test
  void whatComesBackIsReadNoFurtherThanTheWindowHolds() {
    int count = 0;
    for (int key = 0; key < 3; key++) {
      for (int number = 0; number < 20; number++, count++) {
        add("k" + key, count, count);
      }
    }
    keys.choose();
    List<Long> wanted = keys.wanted();
    assertThat(wanted).hasSize(60);
    wanted.forEach(offset -> load(offset, 9_000));
    List<Entry> ready = keys.takeReady();
    assertThat(ready).as("each key goes on").hasSize(3);
    int kept = 0;
    for (; !ready.isEmpty(); ready = keys.takeReady()) {
      kept += ready.size();
      ready.forEach(entry -> keys.ended(entry.ticket.orElseThrow()));
    }
    // 100,000 bytes are ten of them; two more are the first of their keys.
    assertThat(kept).isBetween(10, 13);
    assertThat(keys.wanted()).as("the others are read again").contains(21L, 41L);
  }

  @Test
  void whatIsWrittenAtOnceArrivesInOrderWhicheverIsDurableFirst() {
    add("a", 10, 1);
    List<String> done = new ArrayList<>();
    Arrivals.Arrival second = keys.expect("a", 2).orElseThrow();
    Arrivals.Arrival third = keys.expect("a", 3).orElseThrow();
    Arrivals.Arrival fourth = keys.expect("a", 4).orElseThrow();
    assertThat(keys.arrived(third, 11, why(0, 0), () -> done.add("third"))).isEmpty();
    assertThat(keys.size()).isEqualTo(1);
    keys.endedElsewhere(Optional.of("a"), 1);
    assertThat(keys.expect("a", 5)).as("behind those on their way").isPresent();
    keys.arrived(second, 12, why(0, 0), () -> done.add("second")).forEach(Runnable::run);
    assertThat(done).containsExactly("second", "third");
    assertThat(begun()).containsExactly(12L);
    keys.canceled(fourth).forEach(Runnable::run);
    assertThat(done).hasSize(2);
  }

  /** The former owner died after it had parked 7 and before 5 was durable. */
  @Test
  void whatIsFoundWithoutTheOneBeforeItWaitsForThat() {
    add("a", 10, 3);
    add("a", 11, 7);
    keys.hold("a", 7);
    assertThat(begun()).isEmpty();
    Arrivals.Arrival fifth = keys.expect("a", 5).orElseThrow();
    keys.letGo("a", 7);
    assertThat(keys.held()).as("it is on its way").containsKey("a");
    keys.arrived(fifth, 12, why(0, 0), () -> {}).forEach(Runnable::run);
    keys.letGo("a", 7);
    List<Long> order = new ArrayList<>();
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .until(
            () -> {
              for (Entry entry : turn()) {
                order.add(entry.message.offset());
                keys.ended(entry.ticket.orElseThrow());
              }
              return keys.size() == 0;
            });
    assertThat(order).containsExactly(10L, 12L, 11L);
  }

  @Test
  void ofTwoCopiesTheLastIsReadSinceTheFirstMayBeCompactedAway() {
    add("a", 10, 1);
    add("a", 11, 2);
    keys.choose();
    add("a", 12, 1);
    assertThat(keys.size()).isEqualTo(2);
    assertThat(begun()).containsExactly(12L);
  }

  @Test
  void whatIsNotThereAnyMoreWasEndedByAnother() {
    add("a", 10, 1);
    add("a", 20, 2);
    keys.choose();
    List<Long> wanted = keys.wanted();
    load(20);
    keys.passed(wanted, 10, 15);
    assertThat(keys.takeReady()).extracting(entry -> entry.message.offset()).containsExactly(20L);
    assertThat(keys.size()).isEqualTo(1);
  }

  @Test
  void whatAKeyWaitsForIsShownNoMoreOnceItsFirstChangeIsEndedByAnother() {
    Condition table = new Condition(FlowState.WAITING_FOR_SCHEMA, "no table", "create it");
    keys.park("a", 10, 1, why(5, 0), table);
    add("a", 11, 2);
    add("a", 12, 3);
    keys.endedElsewhere(Optional.of("a"), 2);
    assertThat(keys.conditions()).containsExactly(table);
    keys.endedElsewhere(Optional.of("a"), 1);
    assertThat(keys.conditions()).isEmpty();
    assertThat(keys.size()).isEqualTo(1);
  }

  @Test
  void aKeyBeginsOnceWhatWasUnderWayForItHasEnded() {
    Entry underWay =
        new Entry(
            new ConsumerRecord<>("t", 0, 9, new byte[0], new byte[0]), new Decoded.Unreadable(""));
    keys.add("a", 10, -1, why(0, 0), underWay);
    assertThat(begun()).isEmpty();
    underWay.done = true;
    Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> begun().equals(List.of(10L)));
  }

  @Test
  void givenUpNothingIsLeftOfItInTheWindow() {
    for (int mark = 0; window.parkable(false); mark++) {
      add("k" + mark, mark, mark);
    }
    assertThat(window.parkable(true)).isTrue();
    Entry underWay = turn().get(0);
    keys.close();
    assertThat(keys.ended(underWay.ticket.orElseThrow())).isFalse();
    assertThat(window.parkable(false)).isTrue();
    assertThat(window.drained()).isTrue();
    assertThat(begun()).isEmpty();
  }

  @Test
  void thePlacesOfAKeyAreAListInTheOrderOfTheirChanges() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    ParkedKey key = new ParkedKey("a");
    List<Long> model = new ArrayList<>();
    for (int step = 0; step < 20_000; step++) {
      int what = random.nextInt(10);
      if (what < 6) {
        long mark = random.nextInt(100_000);
        if (key.indexOf(mark) < 0) {
          key.add(mark + 1_000_000, mark, mark);
          int at = 0;
          while (at < model.size() && model.get(at) < mark) {
            at++;
          }
          model.add(at, mark);
        }
      } else if (!model.isEmpty()) {
        int index = what < 9 ? 0 : random.nextInt(model.size());
        key.remove(index);
        model.remove(index);
      }
      assertThat(key.size()).isEqualTo(model.size());
      if (!model.isEmpty()) {
        int index = random.nextInt(model.size());
        assertThat(key.offset(index)).isEqualTo(model.get(index) + 1_000_000);
        assertThat(key.indexOf(model.get(index))).isEqualTo(index);
      }
    }
  }
}
