package io.replicator.apply;

import static io.replicator.fixture.FakeSource.change;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.fixture.FakeTarget;
import io.replicator.fixture.KafkaBroker;
import io.replicator.kafka.TopicNames;
import io.replicator.model.FlowState;
import io.replicator.reading.Bounds;
import java.time.Duration;
import java.util.List;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What comes a second time, by whatever road, is applied once. */
class ReplayTest {
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
    return await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(50));
  }

  @Test
  void replayingTheWholeTopicAppliesNothingAgain() throws Exception {
    rig = new ApplyRig(broker, 3);
    rig.sendMany(3_000, 300);
    ApplyRig.Member member = rig.start(target);
    rig.awaitCommitted();
    for (int replay = 1; replay <= 2; replay++) {
      rig.stop(member);
      rig.rewind();
      member = rig.start(target);
      ApplyRig.Member now = member;
      soon().until(() -> now.figures.duplicateCount() == 3_000);
    }
    assertThat(target.attempts()).isEqualTo(3_000);
    assertThat(member.conditions.present().state()).isEqualTo(FlowState.RUNNING);
  }

  @Test
  void aRecapturedChangeIsDroppedAlsoAfterARestart() {
    rig = new ApplyRig(broker, 2);
    rig.sendMany(200, 20);
    ApplyRig.Member first = rig.start(target);
    rig.awaitCommitted();
    rig.reincarnate();
    rig.sendMany(100, 20);
    soon().until(() -> first.figures.duplicateCount() == 100);
    rig.stop(first);
    rig.reincarnate();
    rig.sendMany(200, 20);
    ApplyRig.Member second = rig.start(target);
    soon().until(() -> second.figures.duplicateCount() == 200);
    assertThat(target.attempts()).isEqualTo(200);
  }

  @Test
  void lostGroupOffsetsAreRecoveredFromTheJournal() throws Exception {
    rig = new ApplyRig(broker, 2);
    rig.sendMany(100, 10);
    ApplyRig.Member first = rig.start(target);
    rig.awaitCommitted();
    rig.stop(first);
    String group = TopicNames.applyGroup(ApplyRig.HERE, rig.flow);
    rig.admin.deleteConsumerGroups(List.of(group)).all().get();
    rig.send(change("new-1", "new"));
    ApplyRig.Member second = rig.start(target);
    soon().until(() -> target.ids().contains("new-1"));
    rig.awaitCommitted();
    assertThat(target.attempts()).isEqualTo(101);
    // Not read from the beginning, where the journal's marks would drop it all.
    assertThat(second.figures.duplicateCount()).isZero();
  }

  @Test
  void aReplayFarLongerThanTheIdsThatAreRememberedIsDroppedAllTheSame() throws Exception {
    rig = new ApplyRig(broker, 2);
    Bounds bounds = new Bounds(100, Bounds.MOST.heldBytes(), 100);
    rig.sendMany(2_000, 100);
    ApplyRig.Member first = rig.start(target, bounds);
    rig.awaitCommitted();
    rig.stop(first);
    rig.rewind();
    ApplyRig.Member second = rig.start(target, bounds);
    soon().until(() -> second.figures.duplicateCount() + second.figures.appliedCount() == 2_000);
    assertThat(target.attempts()).isEqualTo(2_000);
  }
}
