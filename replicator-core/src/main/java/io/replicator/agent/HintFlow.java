package io.replicator.agent;

import io.replicator.capture.Capture;
import io.replicator.jmx.FlowBean;
import io.replicator.model.Flow;
import io.replicator.settle.Inflow;
import io.replicator.spi.SourceStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/** The capturing end of a flow whose store gives hints, as its bean sees it. */
record HintFlow(Flow flow, int topicPartitions, Capture intake, Inflow hints, Controls controls)
    implements FlowBean.Station {
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
  public void pause(boolean paused) {
    controls.pause(flow, paused);
  }

  /** Here it is the bucket, as it is, that is accepted. */
  @Override
  public void acceptGap() {
    controls.acceptGap(flow);
  }
}
