package io.replicator.settle;

import static io.replicator.settle.SettleRig.EAST;
import static io.replicator.settle.SettleRig.PARTITIONS;
import static io.replicator.settle.SettleRig.WEST;
import static io.replicator.settle.SettleRig.soon;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.fixture.KafkaBroker;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import java.time.Duration;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What an agent does whose ledger was written by a newer one, in each form that stands there. */
class UpgradeTest {
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

  @AfterEach
  void close() {
    producer.close(Duration.ofSeconds(2));
    rig.close();
  }

  static Stream<Arguments> newerForms() {
    return Stream.of(
        Arguments.of("photos/cat.jpg", "2 P other words", "format 2"),
        Arguments.of("\0holder", "2 agent held since yesterday", "format 2"),
        Arguments.of("\0identity", "2 any", "format 2"),
        Arguments.of("\0snapshot/CHANGES", "{\"format\": 2, \"marks\": 7}", "format 2"),
        Arguments.of("\0keyring", "1 any", "keyring"));
  }

  @ParameterizedTest
  @MethodSource("newerForms")
  void aLedgerOfANewerFormHoldsItsPartitions(String key, String value, String said)
      throws Exception {
    rig = new SettleRig(broker);
    producer = rig.kafka.producer("newer-agent");
    String ledger = TopicNames.ledger(WEST, rig.resource);
    String changes = TopicNames.changes(new Flow(rig.resource, EAST));
    for (int partition = 0; partition < PARTITIONS; partition++) {
      producer
          .send(
              new ProducerRecord<>(
                  ledger,
                  partition,
                  key.replace("CHANGES", changes).getBytes(UTF_8),
                  value.getBytes(UTF_8)))
          .get();
    }
    rig.start();
    rig.east().write("k", "of the other region");
    soon().until(() -> rig.told(EAST).size() == 1);
    rig.awaitState(WEST, EAST, FlowState.NEEDS_UPGRADE);
    Condition condition = rig.agent(WEST).condition(EAST);
    assertThat(condition.reason()).contains(ledger + "-").contains(said);
    assertThat(condition.hint()).contains("upgrade this agent; nothing is lost");
    assertThat(rig.west().keys()).isEmpty();
    assertThat(rig.records(ledger)).hasSize(PARTITIONS);
    assertThat(rig.records(TopicNames.deadLetters(WEST))).isEmpty();
    assertThat(rig.agent(WEST).inflows.get(EAST).replicatedUpTo()).isEmpty();
  }
}
