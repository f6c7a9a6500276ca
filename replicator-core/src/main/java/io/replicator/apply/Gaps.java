package io.replicator.apply;

import io.replicator.lag.Conditions;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import java.util.Optional;

/** The gaps of a flow: what is known never to have come, shown as DEGRADED until it is mended. */
final class Gaps {
  private final Flow flow;
  private final Lanes lanes;
  private final Conditions conditions;

  Gaps(Flow flow, Lanes lanes, Conditions conditions) {
    this.flow = flow;
    this.lanes = lanes;
    this.conditions = conditions;
  }

  /** Shows what the numbers and the topic's id tell. */
  void report() {
    long missing = lanes.all().stream().mapToLong(Lane::missing).sum();
    show(missing > 0, "missing", missing + " changes were numbered and never arrived");
    show(
        lanes.all().stream().anyMatch(Lane::recreated),
        "recreated",
        "the change topic was created anew in " + flow.origin());
    Optional<String> purged =
        lanes.all().stream().flatMap(lane -> lane.purged().stream()).findFirst();
    show(purged.isPresent(), "purged", purged.orElse(""));
  }

  /** Takes what never came as lost. */
  void accept() {
    lanes.all().forEach(Lane::acceptGap);
    report();
  }

  private void show(boolean present, String cause, String reason) {
    if (present) {
      conditions.set(
          cause,
          new Condition(
              FlowState.DEGRADED,
              reason,
              "send them again from " + flow.origin() + ", or call acceptGap on this flow's bean"));
    } else {
      conditions.clear(cause);
    }
  }
}
