package io.replicator.agent;

import io.replicator.apply.Apply;
import io.replicator.capture.Capture;
import io.replicator.config.ResourceConfig;
import io.replicator.jmx.FlowBean;
import io.replicator.lag.Conditions;
import io.replicator.model.Flow;
import java.util.Optional;

/**
 * A flow that is open in this agent, with the ends that it has here.
 *
 * @param config of its resource
 */
record OpenFlow(
    ResourceConfig config,
    Flow flow,
    FlowBean bean,
    Conditions conditions,
    Optional<Capture> capture,
    Optional<Apply> apply)
    implements AutoCloseable {

  /** Gives its ends new shares of the agent's memory. */
  void share(Shares shares) {
    capture.ifPresent(end -> end.setMostPendingBytes(shares.pendingBytes()));
    apply.ifPresent(end -> end.setBounds(shares.bounds(config)));
  }

  /** Closes its ends while the agent goes on, and may open them again. */
  void handOver() {
    capture.ifPresent(Capture::close);
    apply.ifPresent(Apply::handOver);
  }

  /** Closes its ends; each may have to wait for its store, or for Kafka. */
  @Override
  public void close() {
    capture.ifPresent(Capture::close);
    apply.ifPresent(Apply::close);
  }
}
