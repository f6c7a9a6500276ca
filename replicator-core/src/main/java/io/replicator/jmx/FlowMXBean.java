package io.replicator.jmx;

/**
 * A flow as operators see it: {@code
 * replicator:type=Flow,store=sqs,resource=orders,origin=us-east-1}.
 *
 * <p>In the flow's origin region the bean shows the capturing end, elsewhere the applying end.
 * Where the origin region applies its own changes, too, the bean counts at both ends, shows how far
 * the applying end is, and pauses both. Times are ISO-8601 texts in UTC, lengths of time are
 * milliseconds; -1 and the empty text stand for not known. Counts begin at 0 when the agent starts.
 *
 * <p>Several agents of a region share a flow: each applies the partitions that it holds, and tells
 * lag, pending and replicated-up-to of these. The region's lag is the greatest of them, its pending
 * their sum.
 */
public interface FlowMXBean {
  /** The type of the notification that the flow's state has changed; its user data is the state. */
  String CHANGED = "replicator.flow.changed";

  /**
   * The type of the notification that something is missing, in a flow whose state stays what it
   * was; its user data is that state.
   */
  String GAP = "replicator.flow.gap";

  /** CAPTURE in the origin region, APPLY elsewhere; CAPTURE+APPLY where both ends are here. */
  String getRole();

  /** One of the flow states. */
  String getState();

  /** Why the flow is in its state. What is missing and was read here may be accepted. */
  String getReason();

  /** What mends it. */
  String getHint();

  /** Partitions of the change topic that this agent applies; -1 at the capturing end. */
  int getPartitions();

  /** Partitions that the change topic has; what no agent of the region holds is not applied now. */
  int getTopicPartitions();

  /** Time T: every change that its source had delivered to capture before T is applied here. */
  String getReplicatedUpTo();

  /** Now minus replicated-up-to. */
  long getLagMillis();

  /** Changes captured and not applied here, and those known to wait in the source. */
  long getPendingChanges();

  /** How long the flow may stay stopped before the first retention on its road loses something. */
  long getTimeToLossMillis();

  long getCaptured();

  long getCapturedBytes();

  long getApplied();

  long getAppliedBytes();

  /** Changes that had been applied before and were dropped. */
  long getDuplicates();

  /** Changes older than what the store held. */
  long getSuperseded();

  /** Changes that lost against others, or others against them, without having been seen. */
  long getConflicts();

  /**
   * Entries of the store's log that its capture passed over since it began, because their tables
   * were dropped.
   */
  long getPassedOver();

  /** Files of the store's log that could not be read, in whole or in part, and were set aside. */
  long getSetAside();

  /**
   * Changes that were numbered at the origin and never came, in the partitions of this agent; until
   * they come or {@link #acceptGap} takes them as lost.
   */
  long getMissing();

  /**
   * Keys of the resource, in the partitions of this agent, whose content is gone from this region
   * alone, though other regions have it: it expired here, went with the bucket, or its delete is
   * not replicated. All flows of a resource show the same; it survives restarts.
   */
  long getLost();

  /** Attempts that failed and were made again. */
  long getRetried();

  long getDeadLettered();

  /** Changes that kept failing and were passed over, because the resource's on-failure says so. */
  long getSkipped();

  /**
   * Changes of failing keys that wait in parking, in the partitions of this agent; they are among
   * the pending ones.
   */
  long getParked();

  String getLastError();

  String getLastErrorTime();

  String getLastErrorHint();

  /** Median time from the source's write to the confirmed apply, of the last minute. */
  long getLatencyP50Millis();

  long getLatencyP99Millis();

  long getLatencyMaxMillis();

  /** Stops the flow in this region, on all its agents, until {@link #resume}; survives restarts. */
  void pause();

  /** Lets a paused flow go on. */
  void resume();

  /** Changes a second that this agent may apply; -1 for no limit. */
  long getApplyRate();

  /** Bytes a second that this agent may apply; -1 for no limit. */
  long getApplyBytesRate();

  /**
   * By what the flow is limited, or is not: {@code operator} while an order of {@link #throttle}
   * stands, {@code configuration} if that has a limit; empty if nothing is.
   */
  String getThrottledBy();

  /**
   * Throttles the flow on all agents of this region, each for itself, until {@link #unthrottle};
   * survives restarts.
   *
   * @param changes a second; 0 for no limit
   * @param bytes a second; 0 for no limit
   */
  void throttle(long changes, long bytes);

  /** Goes back to what is configured. */
  void unthrottle();

  /** The last backfill that was ordered here and how far it has come; empty if there was none. */
  String getBackfill();

  /**
   * Sends the present state of the resource down this flow, from its origin region; goes on after
   * restarts. While another is running it is refused; the same again goes on at the new rate.
   *
   * @param prefix of the keys; empty for all
   * @param repair whether other regions are to have what is here also where they have that version
   * @param rate the most keys a second
   * @return what was ordered, in words
   */
  String backfill(String prefix, boolean repair, int rate);

  /** Ends a backfill where it is. */
  void stopBackfill();

  /**
   * Has all agents of the region take what is known to be missing as lost: DEGRADED ends. Beside a
   * node of Cassandra it is this node's capture alone, and what neither {@link #getReason} nor the
   * log has shown yet stays.
   *
   * @return the state and the reason of it, just before; nobody counts as shown by that
   * @throws IllegalStateException if this agent knows of no gap; its message says what is the
   *     matter
   */
  String acceptGap();
}
