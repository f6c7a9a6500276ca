package io.replicator.reading;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** What a station tells of a flow that it applies, of the partitions in this agent's hands. */
public interface Applied {
  /** Returns how many partitions are in this agent's hands. */
  int partitionCount();

  /** Tells whether this agent has the first partition, and so speaks for the flow's source. */
  boolean holdsFirst();

  /** Returns replicated-up-to; empty if that of one partition is not known. */
  Optional<Instant> replicatedUpTo();

  /**
   * Returns replicated-up-to of what is still on the road: what is parked has passed it, and no
   * retention takes it away.
   */
  default Optional<Instant> passedUpTo() {
    return replicatedUpTo();
  }

  /** Returns how many changes of failing keys wait in parking. */
  default long parked() {
    return 0;
  }

  /**
   * Returns how many changes are captured and not applied.
   *
   * @param sent the last numbers of each capture by partition, as the captures' status tells them
   */
  long pending(Map<String, long[]> sent);

  /** Returns how many changes were numbered and never came. */
  long missing();

  /** Returns what keeps the flow to a rate in this agent. */
  Throttle throttle();

  /**
   * Returns of how many keys of the resource the content is gone from this region alone, where that
   * is known: only a store that keeps no versions has it kept beside it.
   */
  default long lost() {
    return 0;
  }
}
