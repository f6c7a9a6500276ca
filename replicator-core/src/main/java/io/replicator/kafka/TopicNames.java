package io.replicator.kafka;

import io.replicator.model.Flow;
import io.replicator.model.Region;
import io.replicator.model.Resource;

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

  /** Returns the topic in which, in a region, the changes of a flow's failing keys wait. */
  public static String parking(Region here, Flow flow) {
    return "replicator-local." + here + ".parking." + flow.origin() + "." + dotted(flow);
  }

  /** Returns the topic that holds the changes a region set aside. */
  public static String deadLetters(Region here) {
    return "replicator-local." + here + ".dead-letters";
  }

  /** Returns the topic that holds a region's hints of a resource. */
  public static String hints(Region here, Resource resource) {
    return "replicator-local." + here + ".hints." + dotted(resource);
  }

  /** Returns the topic that holds what a region knows of a resource's keys. */
  public static String ledger(Region here, Resource resource) {
    return "replicator-local." + here + ".ledger." + dotted(resource);
  }

  /** Returns the topic that tells of changes that lost against others without being seen. */
  public static String conflicts(Region here) {
    return "replicator-local." + here + ".conflicts";
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

  /** Returns the consumer group that settles a resource in a region. */
  public static String settleGroup(Region here, Resource resource) {
    return "replicator." + here + ".settle." + dotted(resource);
  }

  /** Returns the transactional id under which a region's dead letters are ended. */
  public static String deadLettersTransaction(Region here) {
    return "replicator." + here + ".dead-letters";
  }

  /** Returns how the consumer groups begin that read a resource's notifications in a region. */
  public static String feedGroup(Region here, Resource resource) {
    return "replicator." + here + ".feed." + dotted(resource);
  }

  private static String dotted(Flow flow) {
    return dotted(flow.resource());
  }

  private static String dotted(Resource resource) {
    return resource.store() + "." + resource.name();
  }
}
