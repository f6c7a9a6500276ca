package io.replicator.reading;

import io.replicator.lag.Conditions;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The gaps of a flow: what is known never to have come, shown as DEGRADED until it is mended.
 * Thread-safe.
 */
public final class Gaps {
  /** So many partitions are named that were purged. */
  private static final int MOST_PURGED = 3;

  private final Flow flow;
  private final Conditions conditions;
  private final Supplier<List<Tail>> tails;

  /**
   * @param tails tells what ended incarnations had written; called each second, must not block
   */
  public Gaps(Flow flow, Conditions conditions, Supplier<List<Tail>> tails) {
    this.flow = flow;
    this.conditions = conditions;
    this.tails = tails;
  }

  /** Shows what the numbers, the tails and the topic's id tell. */
  public void report(Collection<Reading> readings) {
    List<Tail> ended = tails.get();
    readings.forEach(reading -> reading.expect(ended));
    long missing = readings.stream().mapToLong(Reading::missing).sum();
    show(missing > 0, "missing", missing + " changes were numbered and never arrived");
    show(
        readings.stream().anyMatch(Reading::recreated),
        "recreated",
        "the change topic was created anew in " + flow.origin());
    List<String> purged =
        readings.stream().flatMap(reading -> reading.purged().stream()).distinct().toList();
    int left = purged.size() - MOST_PURGED;
    show(
        !purged.isEmpty(),
        "purged",
        purged.stream().limit(MOST_PURGED).collect(Collectors.joining("; "))
            + (left > 0 ? "; and in " + left + " partitions more" : ""));
  }

  /** Takes what never came as lost. */
  public void accept(Collection<Reading> readings) {
    readings.forEach(Reading::acceptGap);
    report(readings);
  }

  private void show(boolean present, String cause, String reason) {
    if (present) {
      conditions.set(
          cause,
          new Condition(
              FlowState.DEGRADED,
              reason,
              "send the present state again with replicator backfill "
                  + flow
                  + " where the store can tell it, or have them sent again in "
                  + flow.origin()
                  + "; then here: replicator accept-gap "
                  + flow));
    } else {
      conditions.clear(cause);
    }
  }
}
