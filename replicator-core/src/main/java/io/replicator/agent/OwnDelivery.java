package io.replicator.agent;

import io.replicator.config.ResourceConfig;
import io.replicator.kafka.TopicNames;
import io.replicator.kafka.Topics;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import java.util.List;
import java.util.Set;

/**
 * Whether a region applies its own changes of a resource, held against what its Kafka remembers:
 * that is fixed when the resource is first captured. Begun later, everything in the change topic
 * would be delivered a second time; ended, what is on its way would never be delivered here.
 *
 * <p>The journal tells, because it is created before the change topic.
 */
final class OwnDelivery {
  private final Topics topics;
  private final Region here;

  OwnDelivery(Topics topics, Region here) {
    this.topics = topics;
    this.here = here;
  }

  /**
   * Makes sure of the journal where the region applies its own changes.
   *
   * @param key of the partitions in the configuration
   * @throws ReplicationException of kind FATAL if the resource was captured otherwise before
   */
  void ensure(ResourceConfig resource, String key) {
    Flow own = new Flow(resource.resource(), here);
    String journal = TopicNames.applied(here, own);
    String changes = TopicNames.changes(own);
    // Asked in one request: another agent may be creating them at this moment.
    Set<String> there = topics.existing(List.of(journal, changes));
    if (!resource.from().contains(here)) {
      if (there.contains(journal)) {
        throw refused(
            resource,
            "was delivered in this region, too, and is no longer: what is on its way would never"
                + " arrive here",
            "go back to deliver: everywhere");
      }
      return;
    }
    if (there.contains(changes) && !there.contains(journal)) {
      throw refused(
          resource,
          "was captured without being delivered in this region, and now it is: what "
              + changes
              + " holds would arrive here a second time",
          "leave it as it was");
    }
    topics.ensureJournal(journal, resource.partitions(), key);
  }

  private static ReplicationException refused(ResourceConfig resource, String what, String mend) {
    return new ReplicationException(
        ReplicationException.Kind.FATAL,
        "stores."
            + resource.resource().store()
            + ".resources."
            + resource.resource().name()
            + ": "
            + what,
        mend
            + ", and let a resource of another name take over: remove the old one when its source"
            + " is empty and nothing of it is pending in any region",
        null);
  }
}
