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

  /** Records mirrored by this agent since it started; -1 when the mirror runs elsewhere. */
  long getRecords();

  long getBytes();

  /** How often MirrorMaker was started again after a failure. */
  long getRestarts();
}
