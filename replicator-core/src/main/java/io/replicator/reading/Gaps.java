package io.replicator.reading;

import io.replicator.lag.Conditions;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gaps of a flow: what is known never to have come, shown as DEGRADED until it is mended.
 * Thread-safe.
 */
public final class Gaps {
  private static final Logger LOG = LoggerFactory.getLogger(Gaps.class);

  /** So many partitions are named that were purged. */
  private static final int MOST_PURGED = 3;

  private final Flow flow;
  private final Conditions conditions;
  private final boolean hasState;
  private final Supplier<List<Tail>> tails;

  /**
   * @param hasState whether the store can tell its present state, so that it can be sent again
   * @param tails tells what ended incarnations had written; called each second, must not block
   */
  public Gaps(Flow flow, Conditions conditions, boolean hasState, Supplier<List<Tail>> tails) {
    this.flow = flow;
    this.conditions = conditions;
    this.hasState = hasState;
    this.tails = tails;
  }

  /** Shows what the numbers, the tails and the topic's id tell. */
  public void report(Collection<Reading> readings) {
    List<Tail> ended = tails.get();
    readings.forEach(reading -> reading.expect(ended));
    reasons(readings).forEach(this::show);
  }

  /** Takes what never came as lost. */
  public void accept(Collection<Reading> readings) {
    String lost =
        reasons(readings).values().stream()
            .filter(reason -> !reason.isEmpty())
            .collect(Collectors.joining("; "));
    if (!lost.isEmpty()) {
      LOG.warn("flow {}: taken as lost by an operator's order: {}", flow, lost);
    }
    readings.forEach(Reading::acceptGap);
    report(readings);
  }

  /** Returns for each cause of a gap what is known of it; empty if there is none. */
  private Map<String, String> reasons(Collection<Reading> readings) {
    Map<String, String> reasons = new LinkedHashMap<>();
    long missing = readings.stream().mapToLong(Reading::missing).sum();
    reasons.put("missing", missing > 0 ? missing + " changes were numbered and never arrived" : "");
    reasons.put(
        "recreated",
        readings.stream().anyMatch(Reading::recreated)
            ? "the change topic was created anew in " + flow.origin()
            : "");
    List<String> purged =
        readings.stream().flatMap(reading -> reading.purged().stream()).distinct().toList();
    int left = purged.size() - MOST_PURGED;
    reasons.put(
        "purged",
        purged.stream().limit(MOST_PURGED).collect(Collectors.joining("; "))
            + (left > 0 ? "; and in " + left + " partitions more" : ""));
    return reasons;
  }

  private void show(String cause, String reason) {
    if (reason.isEmpty()) {
      conditions.clear(cause);
    } else {
      conditions.set(cause, new Condition(FlowState.DEGRADED, reason, hint()));
    }
  }

  private String hint() {
    String again =
        hasState
            ? "send the present state again with replicator backfill %s, or have them sent again in %s"
                .formatted(flow, flow.origin())
            : "have them sent again in %s: a queue cannot tell what it has held"
                .formatted(flow.origin());
    return again + "; then here: replicator accept-gap " + flow;
  }
}
