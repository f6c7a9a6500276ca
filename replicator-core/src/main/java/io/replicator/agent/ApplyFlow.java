package io.replicator.agent;

import io.replicator.apply.Apply;
import io.replicator.jmx.FlowBean;
import io.replicator.model.Flow;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/** The applying end of a flow, as its bean sees it. */
record ApplyFlow(
    Flow flow, Apply apply, StatusBoard board, Controls controls, Duration topicRetention)
    implements FlowBean.Station {
  @Override
  public String role() {
    return "APPLY";
  }

  @Override
  public Optional<Instant> upTo() {
    return apply.replicatedUpTo();
  }

  @Override
  public OptionalLong pending() {
    long captured = apply.pending(board.sent(flow.origin(), flow.resource()));
    // What waits in the source is counted once, by whoever holds the first partition.
    long waiting = apply.holdsFirst() ? board.waiting(flow.origin(), flow.resource()).orElse(0) : 0;
    return OptionalLong.of(captured + waiting);
  }

  @Override
  public Optional<Duration> retention() {
    return Optional.of(topicRetention);
  }

  @Override
  public void pause(boolean paused) {
    controls.pause(flow, paused);
  }

  @Override
  public void acceptGap() {
    apply.acceptGap();
  }
}
