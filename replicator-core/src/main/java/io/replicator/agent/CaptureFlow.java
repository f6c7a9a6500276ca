package io.replicator.agent;

import io.replicator.capture.Capture;
import io.replicator.jmx.FlowBean;
import io.replicator.model.Condition;
import io.replicator.model.Flow;
import io.replicator.model.FlowState;
import io.replicator.spi.SourceStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The capturing end of a flow, as its bean sees it.
 *
 * @param node of the store beside which it is captured; empty where the region's agents share that
 */
record CaptureFlow(Flow flow, Capture capture, Optional<String> node, Controls controls)
    implements FlowBean.Station {
  @Override
  public String role() {
    return "CAPTURE";
  }

  /** Captures share no partitions: each writes to all of them. */
  @Override
  public int partitions() {
    return -1;
  }

  @Override
  public int topicPartitions() {
    return -1;
  }

  @Override
  public Optional<Instant> upTo() {
    return capture.status().flatMap(SourceStatus::deliveredUpTo);
  }

  @Override
  public OptionalLong pending() {
    OptionalLong waiting = capture.status().map(SourceStatus::waiting).orElse(OptionalLong.empty());
    return waiting.isEmpty()
        ? waiting
        : OptionalLong.of(waiting.getAsLong() + capture.pendingCount());
  }

  @Override
  public Optional<Duration> timeToLoss(Duration lag) {
    return capture.status().flatMap(SourceStatus::retention).map(kept -> kept.minus(lag));
  }

  @Override
  public void pause(boolean paused) {
    controls.pause(flow, paused);
  }

  /** What never came is known where it is applied; here, what the source could not read. */
  @Override
  public void acceptGap() {
    Condition source = capture.status().map(SourceStatus::condition).orElse(Condition.RUNNING);
    if (source.state() == FlowState.RUNNING) {
      throw new IllegalStateException(
          flow
              + ": "
              + who()
              + " knows of no gap; what never came is accepted in a region that applies the flow, and"
              + " what another capture could not read at that one");
    }
    if (source.state() == FlowState.DEGRADED && !source.isGap()) {
      throw new IllegalStateException(
          "%s: %s knows of no gap; it is %s: %s"
              .formatted(flow, who(), source.state(), source.reason()));
    }
    if (source.state() != FlowState.DEGRADED || !capture.isGapShown()) {
      throw new IllegalStateException(
          flow
              + ": nobody was shown yet what "
              + who()
              + " misses, so nothing is taken as lost; mend what replicator status tells of the flow"
              + " now (resume it if it is PAUSED), read there what is missing once it is DEGRADED,"
              + " and give this order again");
    }
    controls.acceptGap(flow, node);
  }

  private String who() {
    return node.map(name -> "the capture of node " + name).orElse("this capture");
  }
}
