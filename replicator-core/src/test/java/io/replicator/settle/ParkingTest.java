package io.replicator.settle;

import static io.replicator.settle.SettleRig.EAST;
import static io.replicator.settle.SettleRig.WEST;
import static io.replicator.settle.SettleRig.soon;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.fixture.KafkaBroker;
import io.replicator.kafka.TopicNames;
import io.replicator.lag.Figures;
import io.replicator.letters.LetterBox;
import io.replicator.letters.Letters;
import io.replicator.letters.Verdicts;
import io.replicator.letters.Way;
import io.replicator.model.Change;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import io.replicator.model.Hint;
import io.replicator.model.Region;
import io.replicator.model.Version;
import io.replicator.spi.ReplicationException;
import io.replicator.wire.DeadLetter;
import io.replicator.wire.DeadLetterEnd;
import io.replicator.wire.HintForm;
import io.replicator.wire.Parked;
import io.replicator.wire.Stamp;
import io.replicator.wire.WireFormat;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What stands in a parking topic is settled by the owner of its key, as if it came just now. */
@SuppressWarnings("FutureReturnValueIgnored") // what does not arrive is missed below
class ParkingTest {
  private static KafkaBroker broker;
  private SettleRig rig;
  private Producer<byte[], byte[]> producer;

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
    rig = new SettleRig(broker);
    producer = rig.kafka.producer("operator");
  }

  @AfterEach
  void close() {
    producer.close(Duration.ZERO);
    rig.close();
  }

  @Test
  void anOldChangeDoesNotOverwriteANewerOne() {
    rig.start();
    rig.east().write("k", "old");
    soon().until(() -> rig.west().text("k").orElse("").equals("old"));
    var old = changes("k").get(0);
    rig.west().write("k", "newer");
    soon().until(() -> rig.east().text("k").orElse("").equals("newer"));
    rig.awaitEqual();
    park(old);
    awaitDone(EAST);
    assertThat(rig.west().text("k")).contains("newer");
    assertThat(figures(EAST).supersededCount()).isEqualTo(1);
    assertThat(rig.told(WEST)).hasSize(1);
  }

  @Test
  void aReplayedDeadLetterOverwritesNothingThatCameAfterIt() {
    AtomicBoolean refusing = new AtomicBoolean(true);
    rig.west().before(refusingPuts(refusing, "overwritten", "deleted", "wanted"));
    rig.start();
    rig.east().write("overwritten", "old");
    rig.east().write("deleted", "old");
    rig.east().write("wanted", "old, and the last");
    soon().until(() -> figures(EAST).deadLetteredCount() == 3);
    refusing.set(false);
    rig.east().write("overwritten", "newer");
    rig.east().remove("deleted");
    soon().until(() -> rig.west().text("overwritten").isPresent());
    soon().until(() -> figures(EAST).appliedCount() == 2);

    try (Verdicts verdicts = Verdicts.open(WEST, rig.kafka, "ops@bastion", InstantSource.system());
        LetterBox box = LetterBox.open(WEST, rig.kafka)) {
      verdicts.replay(box, ways(box.read()));
      assertThat(verdicts.done()).hasSize(3);
    }
    soon().until(() -> rig.west().text("wanted").orElse("").equals("old, and the last"));
    awaitDone(EAST);
    rig.awaitEqual();
    assertThat(rig.west().text("overwritten")).contains("newer");
    assertThat(rig.west().keys()).containsExactlyInAnyOrder("overwritten", "wanted");
    assertThat(figures(EAST).supersededCount()).isEqualTo(2);
  }

  /** As the configuration of these tests, if there were one, would have them. */
  private List<Way.Open> ways(Letters letters) {
    return letters.open().stream()
        .filter(letter -> letter.flow().equals(flow(EAST)))
        .map(
            letter ->
                new Way.Open(
                    letter, TopicNames.parking(WEST, flow(EAST)), letter.said().partition()))
        .toList();
  }

  private static BiConsumer<String, String> refusingPuts(AtomicBoolean refusing, String... keys) {
    return (request, key) -> {
      if (request.equals("put") && Set.of(keys).contains(key) && refusing.get()) {
        throw new ReplicationException(ReplicationException.Kind.POISON, "too odd", "", null);
      }
    };
  }

  @Test
  void anOldChangeDoesNotOverwriteALocalWriteThatNobodyHasTold() {
    rig.start();
    rig.east().write("k", "old");
    soon().until(() -> rig.west().text("k").orElse("").equals("old"));
    rig.awaitEqual();
    rig.mute = true;
    rig.west().write("k", "newer");
    rig.mute = false;
    park(changes("k").get(0));
    awaitDone(EAST);
    assertThat(rig.west().text("k")).contains("newer");
  }

  @Test
  void whatWasSetAsideIsWrittenOnceTheStoreTakesIt() {
    AtomicBoolean refusing = new AtomicBoolean(true);
    rig.west().before(refusingPuts(refusing, "bad"));
    rig.start();
    rig.east().write("bad", "1");
    soon().until(() -> figures(EAST).deadLetteredCount() == 1);
    var letter = letters(EAST).get(0);
    DeadLetter said = DeadLetter.read(letter.headers());
    assertThat(said.topic()).contains(TopicNames.changes(flow(EAST)));
    assertThat(said.stack()).contains("ReplicationException: too odd", "  at io.replicator");
    assertThat(said.attempts()).as("it was asked once").isEqualTo(1);

    park(letter);
    soon().until(() -> figures(EAST).deadLetteredCount() == 2);
    var again = letters(EAST).get(1);
    assertThat(DeadLetter.read(again.headers()).topic())
        .contains(TopicNames.parking(WEST, flow(EAST)));
    assertThat(again.key()).isEqualTo(letter.key());
    assertThat(again.value()).isEqualTo(letter.value());
    awaitDone(EAST);

    refusing.set(false);
    park(again);
    soon().until(() -> rig.west().text("bad").orElse("").equals("1"));
    awaitDone(EAST);
    rig.awaitEqual();
    assertThat(rig.told(WEST)).isEmpty();
  }

  @Test
  void aHintOfThisRegionHasItsKeyLookedAtAgain() {
    rig.start();
    rig.mute = true;
    rig.west().write("unheard", "of");
    rig.mute = false;
    Change hint = HintForm.encode(new Hint("unheard", Hint.Kind.WRITTEN, Instant.now()));
    park(WEST, 0, hint);
    soon().until(() -> rig.east().text("unheard").orElse("").equals("of"));
    awaitDone(WEST);
  }

  @Test
  void whatNobodyCanTellFromANewerDeleteAnyMoreIsSetAside() {
    rig.start(WEST);
    Instant old = Instant.now().minus(Duration.ofDays(28));
    park(EAST, 1, change("k", old, old));
    soon().until(() -> figures(EAST).deadLetteredCount() == 1);
    assertThat(DeadLetter.read(letters(EAST).get(0).headers()).reason()).contains("so old");
    park(EAST, 1, change("k", old.plus(Duration.ofDays(1)), old));
    soon().until(() -> rig.west().text("k").isPresent());
  }

  @Test
  void aPausedFlowLeavesItsParkedChangesWhereTheyAre() {
    rig.start(WEST);
    rig.agent(WEST).inflows.get(EAST).setPaused(true);
    soon().until(() -> rig.agent(WEST).inflows.get(WEST).replicatedUpTo().isPresent());
    park(EAST, 2, change("k", Instant.now(), Instant.now()));
    producer.flush();
    rig.west().write("other", "goes its way meanwhile");
    soon().until(() -> rig.told(WEST).size() == 1);
    assertThat(rig.west().keys()).containsExactly("other");
    rig.agent(WEST).inflows.get(EAST).setPaused(false);
    soon().until(() -> rig.west().text("k").isPresent());
    awaitDone(EAST);
  }

  @Test
  void aNewerFormatIsHeldAndWhatCannotBeReadIsSetAside() {
    rig.start(WEST);
    send(EAST, 0, "broken", "x");
    soon().until(() -> figures(EAST).deadLetteredCount() == 1);
    ProducerRecord<byte[], byte[]> newer =
        record(EAST, 1, change("k", Instant.now(), Instant.now()));
    newer.headers().remove("pk_format").add("pk_format", "2".getBytes(UTF_8));
    producer.send(newer);
    rig.awaitState(WEST, EAST, FlowState.NEEDS_UPGRADE);
    assertThat(rig.agent(WEST).condition(EAST).reason()).contains("parking", "format 2");
  }

  private Flow flow(Region origin) {
    return new Flow(rig.resource, origin);
  }

  private Figures figures(Region origin) {
    return rig.agent(WEST).figures.get(origin);
  }

  private List<ConsumerRecord<byte[], byte[]>> changes(String key) {
    return rig.records(TopicNames.changes(flow(EAST))).stream()
        .filter(it -> it.key() != null && new String(it.key(), UTF_8).equals(key))
        .toList();
  }

  private List<ConsumerRecord<byte[], byte[]>> letters(Region origin) {
    return rig.records(TopicNames.deadLetters(WEST)).stream()
        .filter(it -> !DeadLetterEnd.isOne(it.headers()))
        .filter(it -> DeadLetter.read(it.headers()).flow().equals(flow(origin)))
        .toList();
  }

  private ProducerRecord<byte[], byte[]> parked(
      Region origin, int partition, String place, byte[] key, byte[] value, Headers headers) {
    Parked parked =
        Parked.of(
            place,
            key,
            value,
            headers,
            new Parked.Failure("as asked", 1, Instant.now(), Optional.empty()));
    return new ProducerRecord<>(
        TopicNames.parking(WEST, flow(origin)),
        partition,
        null,
        parked.recordKey(),
        parked.recordValue(),
        parked.recordHeaders());
  }

  private void park(ConsumerRecord<byte[], byte[]> record) {
    String place = Parked.place(record.topic(), record.partition(), record.offset());
    Headers original = DeadLetter.original(record.headers());
    int partition =
        record.topic().equals(TopicNames.deadLetters(WEST))
            ? DeadLetter.read(record.headers()).partition()
            : record.partition();
    producer.send(parked(EAST, partition, place, record.key(), record.value(), original));
  }

  private void park(Region origin, int partition, Change change) {
    producer.send(record(origin, partition, change));
  }

  private ProducerRecord<byte[], byte[]> record(Region origin, int partition, Change change) {
    Headers headers = WireFormat.encode(flow(origin), change, new Stamp("1-x", 1));
    byte[] key = change.key().getBytes(UTF_8);
    return parked(origin, partition, change.id(), key, change.payload(), headers);
  }

  private void send(Region origin, int partition, String key, String value) {
    producer.send(
        new ProducerRecord<>(
            TopicNames.parking(WEST, flow(origin)),
            partition,
            key.getBytes(UTF_8),
            value.getBytes(UTF_8)));
  }

  private static Change change(String key, Instant told, Instant written) {
    return new Change(
        "id " + told,
        key,
        Change.Kind.UPSERT,
        told,
        Optional.of(new Version(written.getEpochSecond(), 0, EAST)),
        Optional.empty(),
        new TreeMap<>(),
        "v".getBytes(UTF_8),
        false);
  }

  /** Every parked change of a flow is ended behind it, in its partition. */
  private void awaitDone(Region origin) {
    soon()
        .until(
            () -> {
              Map<String, List<ConsumerRecord<byte[], byte[]>>> places =
                  rig.records(TopicNames.parking(WEST, flow(origin))).stream()
                      .collect(
                          Collectors.groupingBy(
                              it -> it.partition() + new String(it.key(), UTF_8)));
              return !places.isEmpty()
                  && places.values().stream()
                      .allMatch(
                          records ->
                              records.get(0).value() != null
                                  && records.get(records.size() - 1).value() == null);
            });
  }
}
