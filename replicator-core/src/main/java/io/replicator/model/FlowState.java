package io.replicator.model;

import java.util.List;

/** A flow state is the one word that tells an operator whether a flow does its work. */
public enum FlowState {
  /** Changes pass. */
  RUNNING,
  /** Stopped by an operator; nothing is lost while the retentions on its road last. */
  PAUSED,
  /**
   * The breaker before the flow's target is open, because calls fail or hang, or by an operator's
   * order: the flow holds its place, and the target is probed every few seconds.
   */
  OPEN,
  /**
   * What the flow works on refuses it (credentials, a missing queue, an outage): it waits, and
   * probes.
   */
  BLOCKED,
  /**
   * Changes wait for something that their target lacks, a table or a column, which the reason
   * names; others pass.
   */
  WAITING_FOR_SCHEMA,
  /** Changes pass, but some are known to be missing: the hint names the resync. */
  DEGRADED,
  /** The topic holds a format newer than this agent reads: it waits for an upgrade. */
  NEEDS_UPGRADE,
  /** Stopped by an error that waiting does not mend. */
  FAILED;

  /** What an operator has to know first stands first. */
  public static final List<FlowState> GRAVEST_FIRST =
      List.of(FAILED, NEEDS_UPGRADE, PAUSED, OPEN, BLOCKED, WAITING_FOR_SCHEMA, DEGRADED, RUNNING);
}
