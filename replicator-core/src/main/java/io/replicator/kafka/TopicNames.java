package io.replicator.kafka;

import io.replicator.model.Flow;
import io.replicator.model.Region;

/**
 * Names of topics. Those that begin with {@code replicator.<origin>.} are mirrored under the same
 * name to every other region; those that begin with {@code replicator-local.} stay where they are.
 */
public final class TopicNames {
  /** Holds whose Kafka it is; its name holds no region, so that an agent of any region finds it. */
  public static final String IDENTITY = "replicator-local.identity";

  private TopicNames() {}

  /** Returns the topic that carries a flow's changes. */
  public static String changes(Flow flow) {
    return "replicator." + flow.origin() + "." + dotted(flow);
  }

  /** Returns the topic on which the agents of a region publish their status. */
  public static String status(Region region) {
    return "replicator." + region + ".status";
  }

  /** Returns the topic that remembers, in a region, what of a flow was applied there. */
  public static String applied(Region here, Flow flow) {
    return "replicator-local." + here + ".applied." + flow.origin() + "." + dotted(flow);
  }

  /** Returns the topic that holds the changes a region set aside. */
  public static String deadLetters(Region here) {
    return "replicator-local." + here + ".dead-letters";
  }

  /** Returns the topic that holds what operators told a region's flows to do. */
  public static String control(Region here) {
    return "replicator-local." + here + ".control";
  }

  /** Returns the pattern of the topics that a mirror takes from a region: a regular expression. */
  public static String mirrored(Region origin) {
    return "replicator\\." + origin + "\\..*"; // a region's name has nothing to quote
  }

  /** Returns the consumer group that applies a flow in a region. */
  public static String applyGroup(Region here, Flow flow) {
    return "replicator." + here + "." + flow.origin() + "." + dotted(flow);
  }

  private static String dotted(Flow flow) {
    return flow.resource().store() + "." + flow.resource().name();
  }
}
