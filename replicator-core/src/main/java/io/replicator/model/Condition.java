package io.replicator.model;

import java.util.Objects;

/**
 * A condition is a flow's state with its reason, and the hint that tells an operator what to do.
 *
 * @param state the state
 * @param reason why, in a sentence; empty while RUNNING
 * @param hint what mends it; empty when nothing is to be done
 */
public record Condition(FlowState state, String reason, String hint) {
  /** Nothing is wrong. */
  public static final Condition RUNNING = new Condition(FlowState.RUNNING, "", "");

  private static final String ACCEPT_GAP = "replicator accept-gap";

  public Condition {
    Objects.requireNonNull(state, "state");
    Objects.requireNonNull(reason, "reason");
    Objects.requireNonNull(hint, "hint");
  }

  /**
   * Tells whether something is missing that an operator may take as lost, which ends this: the hint
   * of each such condition says so.
   */
  public boolean isGap() {
    return hint.contains(ACCEPT_GAP);
  }
}
