package io.replicator.jmx;

/**
 * A target as operators see it: the place that an agent writes a resource's changes to, {@code
 * replicator:type=Target,store=sqs,resource=orders}, or one from which it fetches large bodies,
 * {@code replicator:type=Target,store=s3,resource=uploads,bodies=us-east-1}; with the breaker
 * before it.
 *
 * <p>Counts and latencies are those of the last ten seconds, of this agent's calls. Each change of
 * the breaker's state is a notification of type {@value #CHANGED}, whose user data is the new
 * state.
 */
public interface TargetMXBean {
  /** The type of the notification that the breaker has changed its state. */
  String CHANGED = "replicator.breaker.changed";

  /**
   * CLOSED: calls pass. OPEN: they do not. HALF_OPEN: one does, as a probe. FORCED_OPEN,
   * FORCED_CLOSED: by an operator's order, until {@link #automatic}.
   */
  String getState();

  /** When the state last changed; empty if it never did. */
  String getStateTime();

  /** Why the state last changed; empty if it never did. */
  String getStateReason();

  /** How often the breaker has opened by itself since the agent started. */
  long getOpenings();

  /** Calls that the target answered as it should. */
  long getOk();

  /** Calls that failed. */
  long getFailed();

  /** Calls that failed after they had taken longer than {@code slow-call}. */
  long getTimedOut();

  /** Calls that the target refused as it would any other: credentials, quota, nobody there. */
  long getRejected();

  /** Calls that the open breaker did not let pass. */
  long getShortCircuited();

  /** Calls under way. */
  int getInFlight();

  /** Median of how long calls took; -1 if none was made. */
  long getLatencyP50Millis();

  long getLatencyP99Millis();

  long getLatencyMaxMillis();

  /** The last failure of the target; empty if there was none. */
  String getLastError();

  /** Lets no call pass, on this agent, until {@link #automatic} or its next start. */
  void forceOpen();

  /** Lets every call pass, on this agent, until {@link #automatic} or its next start. */
  void forceClosed();

  /** Has the breaker go by what it sees again. */
  void automatic();
}
