package io.replicator.apply;

import io.replicator.lag.Conditions;
import io.replicator.lag.Figures;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.spi.ReplicationException;

/** The trouble of a flow that no change is part of, as its figures and conditions show it. */
final class Trouble {
  private final String topic;
  private final String brokers;
  private final Figures figures;
  private final Conditions conditions;

  /**
   * @param topic of changes
   * @param brokers where the local Kafka is
   */
  Trouble(String topic, String brokers, Figures figures, Conditions conditions) {
    this.topic = topic;
    this.brokers = brokers;
    this.figures = figures;
    this.conditions = conditions;
  }

  /** The end that writes was opened. */
  void opened() {
    conditions.clear("open");
  }

  /** The end that writes cannot be opened. */
  void unopened(ReplicationException e) {
    figures.failed(e.getMessage(), e.hint());
    boolean fatal = e.kind() == ReplicationException.Kind.FATAL;
    conditions.set(
        "open",
        new Condition(fatal ? FlowState.FAILED : FlowState.BLOCKED, e.getMessage(), e.hint()));
  }

  /**
   * The local Kafka refuses, or holds what this agent cannot read.
   *
   * @return whether it is tried again soon: what cannot be read will not mend itself
   */
  boolean refused(RuntimeException e) {
    Throwable cause = e instanceof ReplicationException ? e : e.getCause();
    if (cause instanceof ReplicationException ours) {
      figures.failed(ours.getMessage(), ours.hint());
      boolean newer = ours.kind() == ReplicationException.Kind.NEWER;
      conditions.set(
          "consumer",
          new Condition(
              newer ? FlowState.NEEDS_UPGRADE : FlowState.FAILED, ours.getMessage(), ours.hint()));
      return false;
    }
    figures.failed(e.getMessage(), "");
    conditions.set(
        "consumer",
        new Condition(
            FlowState.BLOCKED,
            "cannot read " + topic + ": " + e.getMessage(),
            "look at the local brokers at " + brokers + " and the agent's permissions"));
    return true;
  }
}
