package io.replicator.jmx;

/**
 * The mirror from one other region, as operators see it: {@code
 * replicator:type=Mirror,source=us-west-2}.
 */
public interface MirrorMXBean {
  /** RUNNING, BLOCKED (nothing arrives) or FAILED. */
  String getState();

  /** Why the mirror is in its state. */
  String getReason();

  /** What mends it. */
  String getHint();

  /** When the last heartbeat of an agent of the source region was written there; empty if never. */
  String getLastHeartbeat();

  /** How long ago that is; -1 if never. */
  long getHeartbeatAgeMillis();

  /**
   * By how much the clock of an agent there is ahead of this agent's, behind if negative: of
   * several the one that is furthest off. Estimated from the status that each publishes every
   * second, by how old it looks when it arrives, here and there; see {@link
   * #getClockSkewErrorMillis}.
   */
  long getClockSkewMillis();

  /**
   * By how much that may be wrong: half of what the ways of both status take together. -1 if that
   * is not known, because nothing has come one of the ways of late: the skew is then 0 or, if a
   * status has come from there, what it would be if that had taken no time, which it is at least.
   */
  long getClockSkewErrorMillis();

  /** What is wrong, if the clocks are certainly more than 5 s apart; else empty. */
  String getClockWarning();

  /** Records mirrored by this agent since it started; -1 when the mirror runs elsewhere. */
  long getRecords();

  long getBytes();

  /** How often MirrorMaker was started again after a failure. */
  long getRestarts();
}
