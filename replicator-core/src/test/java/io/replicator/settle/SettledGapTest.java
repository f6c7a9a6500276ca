package io.replicator.settle;

import static io.replicator.settle.SettleRig.EAST;
import static io.replicator.settle.SettleRig.WEST;
import static io.replicator.settle.SettleRig.soon;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.fixture.KafkaBroker;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import io.replicator.model.Region;
import io.replicator.reading.Tail;
import io.replicator.wire.Stamp;
import io.replicator.wire.Written;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is lost of the topics of a settled flow is seen, stays seen, and names its mend. */
class SettledGapTest {
  private static KafkaBroker broker;
  private SettleRig rig;

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
    rig = new SettleRig(broker).start();
    rig.east().write("before", "value");
    soon().until(() -> rig.west().text("before").isPresent());
    soon().until(() -> rig.agent(EAST).inflows.get(EAST).replicatedUpTo().isPresent());
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private Condition awaitGap(Region at, Region origin) {
    rig.awaitState(at, origin, FlowState.DEGRADED);
    return rig.agent(at).condition(origin);
  }

  @Test
  void hintsCreatedAnewShowUntilTheyAreAcceptedAndOthersArrive() throws Exception {
    rig.recreateHints(EAST);
    Condition gap = awaitGap(EAST, EAST);
    assertThat(gap.reason()).contains("created anew");
    assertThat(gap.hint())
        .contains("replicator backfill s3/" + rig.resource.name(), "replicator accept-gap ");
    rig.east().write("after", "value");
    soon().until(() -> rig.west().text("after").isPresent());
    // The topic's id and the reader's place are lost apart from each other.
    soon()
        .until(
            () -> {
              rig.agent(EAST).inflows.get(EAST).acceptGap();
              return rig.agent(EAST).condition(EAST).state() == FlowState.RUNNING;
            });
  }

  @Test
  void aLedgerCreatedAnewUnderARunningAgentShowsAlsoAfterItsRestart() throws Exception {
    rig.recreateLedger(EAST);
    assertThat(awaitGap(EAST, EAST).reason()).contains("ledger", "backfill --repair");
    rig.east().write("after", "value");
    soon().until(() -> rig.west().text("after").isPresent());
    soon().until(() -> !rig.records(TopicNames.ledger(EAST, rig.resource)).isEmpty());
    rig.agent(EAST).close();
    rig.start(EAST);
    assertThat(awaitGap(EAST, EAST).reason()).contains("ledger");
  }

  @Test
  void aLedgerCreatedAnewWhileNoAgentRanShows() throws Exception {
    rig.agent(EAST).close();
    rig.recreateLedger(EAST);
    rig.start(EAST);
    assertThat(awaitGap(EAST, EAST).reason()).contains("ledger", "backfill --repair");
  }

  @Test
  void changesThatWerePurgedBeforeTheyWereSettledShow() throws Exception {
    // Of a capture that was there before its reader, only what follows its first word is counted.
    soon().until(() -> rig.agent(WEST).inflows.get(EAST).replicatedUpTo().isPresent());
    rig.agent(WEST).close();
    String life = rig.agent(EAST).settle.written().orElseThrow().incarnation();
    for (int i = 0; i < 30; i++) {
      rig.east().write("k" + i, "v" + i);
    }
    soon().until(() -> rig.told(EAST).size() == 31);
    Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
    String topic = TopicNames.changes(new Flow(rig.resource, EAST));
    for (int partition = 0; partition < SettleRig.PARTITIONS; partition++) {
      all.put(
          new TopicPartition(topic, partition),
          RecordsToDelete.beforeOffset(rig.end(topic, partition)));
    }
    rig.admin.deleteRecords(all).all().get();
    rig.start(WEST);
    Condition gap = awaitGap(WEST, EAST);
    assertThat(gap.reason()).containsAnyOf("numbered and never arrived", "purged");
    assertThat(gap.hint()).contains("replicator backfill", "@us-east-1", "replicator accept-gap ");
    // All, unless a busy machine made the origin begin another life, of whose former no tail is
    // told.
    boolean same = rig.agent(EAST).settle.written().orElseThrow().incarnation().equals(life);
    int least = same ? 30 : 1;
    soon().until(() -> rig.agent(WEST).inflows.get(EAST).missing() >= least);
  }

  @Test
  void theLastChangesOfAnEndedIncarnationShowOnceTheNextOneSpeaks() {
    Written life = rig.agent(EAST).settle.written().orElseThrow();
    List<Long> further = life.last().stream().map(last -> last + 2).toList();
    String next = Stamp.newIncarnation(life.at().plusSeconds(1), "unheard");
    rig.tails = List.of(new Tail(life.incarnation(), further, next));
    await()
        .during(Duration.ofSeconds(3))
        .until(() -> rig.agent(WEST).condition(EAST).state() == FlowState.RUNNING);
    rig.agent(EAST).close();
    rig.start(EAST);
    rig.east().write("after", "value");
    soon().until(() -> rig.agent(EAST).settle.written().isPresent());
    next = rig.agent(EAST).settle.written().orElseThrow().incarnation();
    rig.tails = List.of(new Tail(life.incarnation(), further, next));
    assertThat(awaitGap(WEST, EAST).reason()).contains("numbered and never arrived");
    soon().until(() -> rig.agent(WEST).inflows.get(EAST).missing() == 2 * SettleRig.PARTITIONS);
  }

  @Test
  void aStationWhoseProducerIsFencedTellsOfItsFormerLife() {
    Settle settle = rig.agent(EAST).settle;
    String before = settle.written().orElseThrow().incarnation();
    String name = TopicNames.settleGroup(EAST, rig.resource) + "." + Stamp.capture(before);
    try (Producer<byte[], byte[]> other = rig.kafka.transactionalProducer("other", name)) {
      other.initTransactions();
    }
    rig.east().write("after", "value");
    soon().until(() -> !settle.written().orElseThrow().incarnation().equals(before));
    assertThat(settle.former()).extracting(Written::incarnation).containsExactly(before);
    assertThat(settle.former().get(0).last().stream().mapToLong(last -> last).sum()).isEqualTo(1);
    soon().until(() -> rig.west().text("after").isPresent());
  }
}
