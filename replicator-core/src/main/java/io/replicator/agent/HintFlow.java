package io.replicator.agent;

import io.replicator.backfill.Backfill;
import io.replicator.backfill.Order;
import io.replicator.capture.Capture;
import io.replicator.jmx.FlowBean;
import io.replicator.model.Flow;
import io.replicator.settle.Inflow;
import io.replicator.spi.SourceStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** The capturing end of a flow whose store gives hints, as its bean sees it. */
record HintFlow(
    Flow flow,
    int topicPartitions,
    Capture intake,
    Inflow hints,
    Controls controls,
    Backfill backfills)
    implements FlowBean.Station {
  private static final int MOST_RATE = 1_000_000;

  @Override
  public String role() {
    return "CAPTURE";
  }

  @Override
  public int partitions() {
    return hints.partitionCount();
  }

  @Override
  public Optional<Instant> upTo() {
    return hints.replicatedUpTo();
  }

  /** What waits in the source, on its way to the topic, and there. */
  @Override
  public OptionalLong pending() {
    OptionalLong waiting = intake.status().map(SourceStatus::waiting).orElse(OptionalLong.empty());
    return waiting.isEmpty()
        ? waiting
        : OptionalLong.of(waiting.getAsLong() + intake.pendingCount() + hints.waiting());
  }

  @Override
  public Optional<Duration> timeToLoss(Duration lag) {
    return intake.status().flatMap(SourceStatus::retention).map(kept -> kept.minus(lag));
  }

  @Override
  public long lost() {
    return hints.lost();
  }

  @Override
  public void pause(boolean paused) {
    controls.pause(flow, paused);
  }

  @Override
  public String backfill() {
    return backfills.status();
  }

  @Override
  public String backfill(String prefix, boolean repair, int rate) {
    checkRate(rate);
    Order order = backfills.admitted(Order.of(UUID.randomUUID().toString(), prefix, repair, rate));
    controls.backfill(flow, order);
    return flow + ": " + order.begun();
  }

  /**
   * @throws IllegalStateException if nothing can be sent at such a rate
   */
  static void checkRate(int rate) {
    if (rate < 1 || rate > MOST_RATE) {
      throw new IllegalStateException("rate: " + rate + " must be from 1 to " + MOST_RATE);
    }
  }

  @Override
  public void stopBackfill() {
    backfills.stopped().ifPresent(order -> controls.backfill(flow, order));
  }

  /** Here it is the bucket, as it is, that is accepted, and that hints of it were lost. */
  @Override
  public void acceptGap() {
    controls.acceptGap(flow, Optional.empty());
  }
}
