package io.replicator.letters;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicator.fixture.KafkaBroker;
import io.replicator.fixture.SentLetters;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import io.replicator.wire.DeadLetter;
import io.replicator.wire.DeadLetterEnd;
import io.replicator.wire.DeadLetterEnd.Verdict;
import io.replicator.wire.Parked;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an operator does with dead letters, on a real broker. */
class LettersTest {
  private static KafkaBroker broker;
  private LetterRig rig;

  @BeforeAll
  static void startBroker() {
    broker = KafkaBroker.started();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @BeforeEach
  void open() {
    rig = new LetterRig(broker);
  }

  @AfterEach
  void close() {
    rig.close();
  }

  @Test
  void lettersAreSelectedByFlowKeyAndReason() {
    long first = rig.sent.send(rig.photos, "a/1.jpg", "too odd");
    long second = rig.sent.send(rig.photos, "a/2.jpg", "Access Denied");
    long third = rig.sent.send(rig.orders, "a/1.jpg", "too large");
    assertThat(selected(Selection.ALL)).containsExactly(first, second, third);
    assertThat(selected(by(Optional.of(rig.photos), Optional.empty(), Optional.empty())))
        .containsExactly(first, second);
    assertThat(selected(by(Optional.empty(), Optional.of("a/1.jpg"), Optional.empty())))
        .containsExactly(first, third);
    assertThat(selected(by(Optional.empty(), Optional.of("a/*"), Optional.of("TOO"))))
        .containsExactly(first, third);
    assertThat(selected(by(Optional.of(rig.orders), Optional.of("a/2*"), Optional.empty())))
        .isEmpty();
    assertThat(selected(Selection.of(Set.of(third, first)))).containsExactly(first, third);
    assertThat(rig.read().flows())
        .containsExactlyInAnyOrder(rig.photos.toString(), rig.orders.toString());
  }

  @Test
  void aDroppedLetterStaysOffTheListAndItsEndTellsWhoAndWhen() {
    long dropped = rig.sent.send(rig.photos, "k", "no");
    long left = rig.sent.send(rig.photos, "l", "no");
    Instant before = Instant.now();
    try (Verdicts verdicts = rig.verdicts()) {
      verdicts.drop(rig.read().select(Selection.of(Set.of(dropped))));
      assertThat(verdicts.done()).containsExactly(dropped);
    }
    Letters letters = rig.read();
    assertThat(letters.open()).extracting(Letter::id).containsExactly(left);
    assertThat(letters.ending(dropped).orElseThrow())
        .satisfies(
            end -> {
              assertThat(end.verdict()).isEqualTo(Verdict.DROPPED);
              assertThat(end.by()).isEqualTo("ops@bastion");
              assertThat(end.time()).isBetween(before, Instant.now());
            });
    assertThatThrownBy(() -> letters.select(Selection.of(Set.of(dropped, left))))
        .isInstanceOf(ReplicationException.class)
        .hasMessageStartingWith("dead letter " + dropped + " was dropped by ops@bastion at ");
    assertThatThrownBy(() -> letters.select(Selection.of(Set.of(9_999_999L))))
        .hasMessage("there is no dead letter 9999999; there are 1, from " + left + " to " + left);
  }

  @Test
  void aReplayedLetterStandsInItsFlowsParkingTopicAsTheRecordThatItWasAndIsReplayedOnce() {
    long id = rig.sent.send(rig.orders, "group-7", "no such queue");
    assertThat(rig.replay(Selection.of(Set.of(id)))).containsExactly(id);

    List<ConsumerRecord<byte[], byte[]>> parked = rig.sent.parked(rig.orders);
    assertThat(parked)
        .singleElement()
        .satisfies(
            record -> {
              assertThat(record.partition()).isEqualTo(SentLetters.PARTITION);
              Parked change = Parked.read(record.headers(), record.key(), record.value());
              assertThat(change.place()).isEqualTo("dead-letter/0/" + id);
              assertThat(new String(change.key(), UTF_8)).isEqualTo("group-7");
              assertThat(new String(change.value(), UTF_8)).isEqualTo("payload of group-7");
              assertThat(change.headers()).isEqualTo(rig.sent.original(rig.orders, "group-7"));
              assertThat(change.failure().reason()).isEqualTo("no such queue");
            });
    assertThat(rig.read().open()).isEmpty();
    assertThatThrownBy(() -> rig.replay(Selection.of(Set.of(id))))
        .hasMessageContaining("was replayed by ops@bastion");
  }

  @Test
  void manyLettersGoInSeveralTransactions() {
    long[] ids =
        IntStream.range(0, 450).mapToLong(i -> rig.sent.send(rig.photos, "k" + i, "no")).toArray();
    assertThat(rig.replay(Selection.ALL)).hasSize(450).contains(ids[0], ids[449]);
    assertThat(rig.read().open()).isEmpty();
    assertThat(rig.sent.parked(rig.photos)).hasSize(450);
  }

  @Test
  void ofTwoOperatorsAtOnceOnlyTheLaterCanReplay() {
    long id = rig.sent.send(rig.orders, "k", "no");
    try (Verdicts earlier = rig.verdicts();
        LetterBox box = rig.box()) {
      List<Way.Open> ways = rig.open(box.read().select(Selection.ALL));
      assertThat(rig.replay(Selection.ALL)).containsExactly(id);
      assertThatThrownBy(() -> earlier.replay(box, ways))
          .isInstanceOf(ReplicationException.class)
          .hasMessageContaining("somebody else");
      assertThat(earlier.done()).isEmpty();
    }
    assertThat(rig.sent.parked(rig.orders)).hasSize(1);
  }

  @Test
  void aLetterWithoutAWayBackSaysWhyAndWhatToDo() {
    Flow gone = Flow.parse("sqs/ordres@us-west-2");
    long notConfigured = rig.sent.send(gone, "k", "no");
    long otherPartition = rig.sent.send(rig.orders, "k", "no", 7, Instant.now());
    long old = rig.sent.send(rig.photos, "k", "no", 0, Instant.now().minus(Duration.ofDays(28)));
    long fine = rig.sent.send(rig.photos, "k", "no", 0, Instant.now().minus(Duration.ofDays(27)));
    List<Way> ways = rig.ways().of(rig.read().open());
    assertThat(shut(ways, notConfigured).reason())
        .isEqualTo("no flow " + gone + " is configured here; did you mean '" + rig.orders + "'?");
    assertThat(shut(ways, otherPartition).reason()).contains("partition 7", "has only 3");
    assertThat(shut(ways, old).reason()).contains("so old");
    assertThat(shut(ways, old).mend()).contains("replicator backfill " + rig.photos + " --repair");
    assertThat(ways)
        .filteredOn(Way.Open.class::isInstance)
        .extracting(way -> way.letter().id())
        .containsExactly(fine);
    rig.sent.deleteParking(rig.photos);
    assertThat(shut(rig.ways().of(rig.read().open()), fine).mend()).contains("upgrade the agents");
  }

  @Test
  void whatThisVersionCannotReadIsNamedAndHindersNothing() {
    long fine = rig.sent.send(rig.photos, "k", "no");
    long newer =
        rig.sent.send(
            "k",
            rig.sent
                .headers(rig.photos, "k", "no", 0, Instant.now())
                .remove("dl_format")
                .add("dl_format", "2".getBytes(UTF_8)));
    long ended = rig.sent.send(rig.photos, "ended", "no");
    Headers end =
        new DeadLetterEnd(ended, Verdict.DROPPED, "ops@bastion", Instant.now())
            .record(TopicNames.deadLetters(rig.here))
            .headers();
    rig.sent.send("", end.remove("dl_format").add("dl_format", "2".getBytes(UTF_8)));
    Letters letters = rig.read();
    assertThat(letters.open()).extracting(Letter::id).containsExactly(fine);
    assertThat(letters.unreadable()).containsOnlyKeys(newer, ended);
    assertThatThrownBy(() -> letters.select(Selection.of(Set.of(newer))))
        .hasMessageContaining("dead letter " + newer + " cannot be read: it is of format 2");
  }

  @Test
  void aLetterIsShownWholeWithItsStack() {
    AtomicInteger seen = new AtomicInteger();
    rig.sent.send(rig.photos, "other", "no");
    long id = rig.sent.send(rig.photos, "k", "no");
    try (LetterBox box = rig.box()) {
      box.visit(
          Set.of(id),
          message -> {
            assertThat(message.offset()).isEqualTo(id);
            assertThat(DeadLetter.read(message.headers()).stack()).contains("IllegalState");
            assertThat(new String(message.value(), UTF_8)).isEqualTo("payload of k");
            seen.incrementAndGet();
          });
    }
    assertThat(seen).hasValue(1);
  }

  @Test
  void aKafkaWithoutTheTopicIsToldApart() {
    Region other = new Region("eu-west-1");
    assertThatThrownBy(() -> LetterBox.open(other, rig.sent.kafka()))
        .isInstanceOfSatisfying(
            ReplicationException.class,
            e -> {
              assertThat(e).hasMessageContaining(TopicNames.deadLetters(other));
              assertThat(e.hint()).contains("kafka.bootstrap.servers");
            });
  }

  private List<Long> selected(Selection selection) {
    return rig.read().select(selection).stream().map(Letter::id).toList();
  }

  private static Selection by(Optional<Flow> flow, Optional<String> key, Optional<String> reason) {
    return new Selection(Set.of(), flow, key, reason);
  }

  private static Way.Shut shut(List<Way> ways, long id) {
    return ways.stream()
        .filter(way -> way.letter().id() == id)
        .map(Way.Shut.class::cast)
        .findFirst()
        .orElseThrow();
  }
}
