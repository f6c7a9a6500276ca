package io.replicator.apply;

import static io.replicator.fixture.FakeSource.change;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.fixture.FakeTarget;
import io.replicator.fixture.KafkaBroker;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Change;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.reading.Hearing;
import io.replicator.wire.Parked;
import io.replicator.wire.Stamp;
import io.replicator.wire.WireFormat;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an agent does that meets what a newer one has written, in each form that there is. */
class UpgradeTest {
  private static KafkaBroker broker;
  private ApplyRig rig;
  private final FakeTarget target = new FakeTarget(false);

  @BeforeAll
  static void startBroker() {
    broker = KafkaBroker.started();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @AfterEach
  void close() {
    rig.close();
    target.close();
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofSeconds(90)).pollInterval(Duration.ofMillis(50));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  /** Sends a change as an agent would whose wire format has the number 2. */
  private void sendNewer(Change change, int partition, long number) {
    rig.raw(
        partition,
        bytes(change.key()),
        change.payload(),
        newer(WireFormat.encode(rig.flow, change, new Stamp(rig.incarnation, number))));
  }

  private static Headers newer(Headers headers) {
    headers.remove("ce_format").add("ce_format", bytes("2"));
    return headers;
  }

  private static Condition awaitUpgrade(ApplyRig.Member member) {
    soon().until(() -> member.conditions.present().state() == FlowState.NEEDS_UPGRADE);
    return member.conditions.present();
  }

  @Test
  void ofTwoInAGroupTheOlderHoldsWhatIsNewerUntilTheOtherTakesIt() {
    rig = new ApplyRig(broker, 4);
    List<String> all = new ArrayList<>();
    ApplyRig.Member older = rig.start(target);
    try (NewerMember other = new NewerMember(rig)) {
      soon().until(() -> older.apply.partitionCount() == 2 && other.partitions().size() == 2);
      Instant before = ApplyRig.BEGIN.plusSeconds(10);
      for (int partition = 0; partition < 4; partition++) {
        rig.send(change(partition + "-1", "k" + partition), partition, 1);
        all.add(partition + "-1");
      }
      rig.beat(before);
      soon().until(() -> older.apply.replicatedUpTo().filter(before::equals).isPresent());
      for (int partition = 0; partition < 4; partition++) {
        sendNewer(change(partition + "-2", "k" + partition), partition, 2);
        rig.send(change(partition + "-3", "k" + partition), partition, 3);
        all.addAll(List.of(partition + "-2", partition + "-3"));
      }
      rig.beat(before.plusSeconds(10));
      rig.producer.flush();

      soon().until(() -> other.ids().size() == 6);
      Condition condition = awaitUpgrade(older);
      assertThat(condition.reason())
          .matches(rig.topic() + "-[0-3] holds a change of format 2 at 2, .* up to 1");
      assertThat(condition.hint()).contains("upgrade").contains("nothing is lost");
      assertThat(target.ids()).hasSize(2).allMatch(id -> id.endsWith("-1"));
      assertThat(older.apply.replicatedUpTo()).contains(before);
      assertThat(older.apply.missing()).isZero();

      rig.stop(older);
      soon().until(() -> other.ids().size() + target.ids().size() >= all.size());
      List<String> applied = new ArrayList<>(target.ids());
      applied.addAll(other.ids());
      assertThat(applied).containsExactlyInAnyOrderElementsOf(all);
      assertThat(rig.contents(rig.deadLetters())).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "S {\"format\": 2, \"offset\": 0, \"marks\": []}",
        "S {\"format\": 2, \"offset\": {\"next\": 7}, \"marks\": {}}",
        "A2 mjx2k3-x 1 a-1 more"
      })
  void aJournalOfANewerFormHoldsItsPartitions(String line) {
    rig = new ApplyRig(broker, 1);
    String journal = TopicNames.applied(ApplyRig.HERE, rig.flow);
    put(new ProducerRecord<>(journal, 0, null, bytes(line)));
    rig.send(change("a-1", "a"));
    rig.producer.flush();
    ApplyRig.Member member = rig.start(target);
    Condition condition = awaitUpgrade(member);
    assertThat(condition.reason()).contains(journal + "-0@0");
    assertThat(condition.hint()).contains("upgrade this agent; nothing is lost");
    assertThat(target.ids()).isEmpty();
    rig.stop(member);
    assertThat(rig.committed(0)).isZero();
    assertThat(rig.contents(journal)).hasSize(1);
  }

  @Test
  void parkingOfANewerFormHoldsItsPartitions() {
    rig = new ApplyRig(broker, 1);
    Parked parked = parked(change("a-1", "a"), false);
    Headers headers = parked.recordHeaders();
    headers.remove("pk_format").add("pk_format", bytes("2"));
    put(new ProducerRecord<>(rig.parking(), 0, null, parked.recordKey(), bytes("any"), headers));
    rig.send(change("a-2", "a"));
    rig.producer.flush();
    ApplyRig.Member member = rig.start(target);
    Condition condition = awaitUpgrade(member);
    assertThat(condition.reason())
        .contains(rig.parking() + "-0 holds a parked change of format 2 at 0");
    assertThat(target.ids()).isEmpty();
    rig.stop(member);
    assertThat(rig.committed(0)).isZero();
    assertThat(rig.contents(rig.parking())).hasSize(1);
  }

  @Test
  void aChangeOfANewerFormThatIsParkedWaitsWithItsKeyAndOthersGoOn() {
    rig = new ApplyRig(broker, 1);
    Parked parked = parked(change("a-1", "a"), true);
    put(
        new ProducerRecord<>(
            rig.parking(),
            0,
            null,
            parked.recordKey(),
            parked.recordValue(),
            parked.recordHeaders()));
    ApplyRig.Member member = rig.start(target);
    soon().until(() -> member.apply.parked() == 1);
    rig.send(change("a-2", "a"));
    rig.send(change("b-1", "b"));
    rig.beat(ApplyRig.BEGIN.plusSeconds(10));
    soon()
        .until(
            () -> {
              member.apply.watch(Hearing.Origin.RUNS);
              return member.conditions.present().state() == FlowState.NEEDS_UPGRADE;
            });
    assertThat(member.conditions.present().reason()).contains("is of format 2");
    soon().until(() -> target.ids().equals(List.of("b-1")) && member.apply.parked() == 2);
    rig.awaitCommitted();
    assertThat(member.apply.replicatedUpTo()).contains(ApplyRig.BEGIN);
    assertThat(rig.contents(rig.deadLetters())).isEmpty();
    rig.stop(member);
    assertThat(rig.contents(rig.parking())).noneMatch(record -> record.value() == null);
  }

  private Parked parked(Change change, boolean isNewer) {
    Headers headers = WireFormat.encode(rig.flow, change, new Stamp(rig.incarnation, 1));
    return Parked.of(
        Parked.DEAD_LETTER + "0/0",
        bytes(change.key()),
        change.payload(),
        isNewer ? newer(headers) : headers,
        new Parked.Failure("it failed", 1, Instant.now(), Optional.of(ApplyRig.BEGIN)));
  }

  @SuppressWarnings("FutureReturnValueIgnored") // flush follows, or what is awaited
  private void put(ProducerRecord<byte[], byte[]> record) {
    rig.producer.send(record);
  }
}
