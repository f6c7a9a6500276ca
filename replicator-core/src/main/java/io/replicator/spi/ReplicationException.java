package io.replicator.spi;

import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import java.util.Objects;

/** Says that a store's work failed, of which kind the failure is, and what mends it. */
public final class ReplicationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The kinds of failure. */
  public enum Kind {
    /** May pass by itself: tried again, with growing pauses. */
    TRANSIENT,
    /** This change can never be done, here or anywhere: it becomes a dead letter. */
    POISON,
    /**
     * The target refuses all alike (credentials, missing queue, quota): the flow waits, and probes.
     */
    BLOCKED,
    /**
     * The target lacks something that this change is about, a table or a column: its key waits
     * until somebody creates it, others go on.
     */
    SCHEMA,
    /**
     * This change is of a newer format than this version reads: its key waits for an upgrade,
     * others go on. Or what a region keeps of a partition is: the partition waits. Or what a
     * capture keeps of its flow: the flow waits.
     */
    NEWER,
    /**
     * Nothing was tried, for the breaker before the target is open: the flow waits until a probe
     * passes. No store says this of itself. Its cause is the target's last failure if that is
     * BLOCKED.
     */
    OPEN,
    /** Going on would do harm: the flow stops until an operator mends it. */
    FATAL
  }

  private final Kind kind;
  private final String hint;

  /**
   * @param kind what to do about it
   * @param message what failed, naming the resource
   * @param hint what an operator can do; empty if nothing
   * @param cause may be null
   */
  public ReplicationException(Kind kind, String message, String hint, Throwable cause) {
    super(message, cause);
    this.kind = Objects.requireNonNull(kind, "kind");
    this.hint = Objects.requireNonNull(hint, "hint");
  }

  /** Returns what to do about it. */
  public Kind kind() {
    return kind;
  }

  /** Returns what an operator can do; empty if nothing. */
  public String hint() {
    return hint;
  }

  /**
   * Returns what a flow says that an open breaker holds up. A target that refuses all alike is
   * BLOCKED before its breaker opens and at each probe: so it is in between, or its flows would
   * change their state every few seconds.
   */
  public Condition held() {
    return getCause() instanceof ReplicationException refusal && refusal.kind == Kind.BLOCKED
        ? new Condition(FlowState.BLOCKED, refusal.getMessage(), refusal.hint)
        : new Condition(FlowState.OPEN, getMessage(), hint);
  }
}
