package io.replicator.lag;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ConditionsTest {
  private final Conditions conditions = new Conditions("test");

  private static Condition condition(FlowState state, String reason) {
    return new Condition(state, reason, "mend it");
  }

  private void assertPresent(FlowState state, String reason) {
    assertThat(conditions.present().state()).isEqualTo(state);
    assertThat(conditions.present().reason()).isEqualTo(reason);
  }

  @Test
  void theGravestCauseIsTheFlowsConditionWhateverTheOrder() {
    List<FlowState> mildestFirst =
        List.of(
            FlowState.DEGRADED,
            FlowState.BLOCKED,
            FlowState.PAUSED,
            FlowState.NEEDS_UPGRADE,
            FlowState.FAILED);
    for (FlowState state : mildestFirst) {
      conditions.set("cause of " + state, condition(state, "worse: " + state));
      assertPresent(state, "worse: " + state);
    }
    conditions.set("late", condition(FlowState.DEGRADED, "mild"));
    assertPresent(FlowState.FAILED, "worse: FAILED");
    for (int gravest = mildestFirst.size() - 1; gravest > 0; gravest--) {
      conditions.clear("cause of " + mildestFirst.get(gravest));
      FlowState next = mildestFirst.get(gravest - 1);
      assertPresent(next, "worse: " + next + (next == FlowState.DEGRADED ? "; mild" : ""));
    }
  }

  @Test
  void clearingOneCauseLeavesTheOthers() {
    conditions.set("kafka", condition(FlowState.BLOCKED, "kafka is away"));
    conditions.set("store", condition(FlowState.BLOCKED, "the store is away"));
    conditions.clear("kafka");
    assertPresent(FlowState.BLOCKED, "the store is away");
    conditions.clear("unheard of");
    assertPresent(FlowState.BLOCKED, "the store is away");
  }

  @Test
  void allCausesOfTheGravestStateAreSaidAndShown() {
    List<String> shown = new ArrayList<>();
    conditions.whenShown(condition -> shown.add(condition.reason()));
    conditions.set("ring", new Condition(FlowState.DEGRADED, "no capture there", "start it"));
    conditions.set("source", condition(FlowState.DEGRADED, "segments are lost"));
    conditions.set("gap", condition(FlowState.DEGRADED, "a change is missing"));
    conditions.set("again", condition(FlowState.DEGRADED, "a change is missing"));
    assertThat(shown).as("by the log").containsExactly("no capture there");
    assertPresent(FlowState.DEGRADED, "no capture there; segments are lost; a change is missing");
    assertThat(conditions.present().hint()).isEqualTo("start it; mend it");
    shown.clear();
    assertThat(conditions.show()).isEqualTo(conditions.present());
    assertThat(shown).startsWith("no capture there", "segments are lost", "a change is missing");
    shown.clear();
    conditions.set("paused", condition(FlowState.PAUSED, "an operator paused it"));
    conditions.show();
    assertThat(shown).containsOnly("an operator paused it");
  }

  @Test
  void aGapIsToldOnceThoughOthersAreTheMatterAlready() {
    List<String> told = new ArrayList<>();
    conditions.listen(
        new Conditions.Listener() {
          @Override
          public void changed(FlowState from, Condition to) {}

          @Override
          public void gapFound(FlowState state, Condition gap) {
            told.add(state + ": " + gap.reason());
          }
        });
    conditions.set("missing", gap("1 is missing"));
    assertThat(told).as("the state's change tells it").isEmpty();
    conditions.set("purged", gap("5 are purged"));
    conditions.set("link", condition(FlowState.BLOCKED, "the link is cut"));
    conditions.set("recreated", gap("created anew"));
    conditions.set("missing", gap("2 are missing"));
    conditions.set("ring", condition(FlowState.DEGRADED, "no gap"));
    assertThat(told).containsExactly("DEGRADED: 5 are purged", "BLOCKED: created anew");
    conditions.clear("purged");
    conditions.set("purged", gap("5 are purged"));
    assertThat(told).hasSize(3);
  }

  private static Condition gap(String reason) {
    return new Condition(FlowState.DEGRADED, reason, "replicator accept-gap sqs/orders@east");
  }

  @Test
  void ofManyCausesTheFirstAreSaidAndNoOtherIsShown() {
    for (int i = 1; i <= 7; i++) {
      conditions.set("cause " + i, condition(FlowState.DEGRADED, "loss " + i));
    }
    assertPresent(FlowState.DEGRADED, "loss 1; loss 2; loss 3; loss 4; loss 5; and 2 more");
    List<String> shown = new ArrayList<>();
    conditions.whenShown(condition -> shown.add(condition.reason()));
    conditions.show();
    assertThat(shown).hasSize(5).doesNotContain("loss 6", "loss 7");
  }

  @Test
  void theEndsOfAFlowDoNotClearEachOthersCauses() {
    Conditions capture = conditions.end("capture");
    Conditions apply = conditions.end("apply");
    capture.set("open", condition(FlowState.BLOCKED, "the source is away"));
    apply.set("open", condition(FlowState.FAILED, "the target is wrong"));
    assertPresent(FlowState.FAILED, "the target is wrong");
    assertThat(capture.present()).isEqualTo(conditions.present());
    apply.clear("open");
    assertPresent(FlowState.BLOCKED, "the source is away");
    capture.clear("open");
    assertThat(conditions.present()).isEqualTo(Condition.RUNNING);
  }

  @Test
  void itRunsAgainOnceEveryCauseIsGone() {
    assertThat(conditions.present()).isEqualTo(Condition.RUNNING);
    conditions.set("kafka", condition(FlowState.BLOCKED, "kafka is away"));
    conditions.set("gap", condition(FlowState.DEGRADED, "a change is missing"));
    conditions.set("kafka", Condition.RUNNING);
    conditions.clear("gap");
    assertThat(conditions.present()).isEqualTo(Condition.RUNNING);
  }

  @Test
  void aCausesNewWordReplacesItsOldOne() {
    conditions.set("gap", condition(FlowState.DEGRADED, "1 change is missing"));
    conditions.set("gap", condition(FlowState.DEGRADED, "2 changes are missing"));
    assertPresent(FlowState.DEGRADED, "2 changes are missing");
    conditions.clear("gap");
    assertThat(conditions.present()).isEqualTo(Condition.RUNNING);
  }

  @Test
  void theCommandsOfAHintGoToTheProcessThatGivesIt() {
    Conditions beside =
        Conditions.reachedAt("cassandra/shop@us-east-1", Optional.of("10.0.0.5:7013"));
    beside
        .end("capture")
        .set(
            "source",
            new Condition(
                FlowState.DEGRADED,
                "a gap",
                "replicator backfill cassandra/shop@us-east-1; then replicator accept-gap"
                    + " cassandra/shop@us-east-1, not replicator pause cassandra/shop@us-east-11"));
    assertThat(beside.present().hint())
        .isEqualTo(
            "replicator backfill cassandra/shop@us-east-1 --jmx 10.0.0.5:7013; then replicator"
                + " accept-gap cassandra/shop@us-east-1 --jmx 10.0.0.5:7013, not replicator pause"
                + " cassandra/shop@us-east-11");
  }
}
