package io.replicator.agent;

import io.replicator.config.AgentConfig;
import io.replicator.config.ConfigException;
import io.replicator.config.ResourceConfig;
import io.replicator.kafka.TopicIds;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Flow;
import io.replicator.model.Resource;
import io.replicator.spi.ReplicationException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;

/**
 * A reload reads the configuration again and brings the open flows to what it says. Everything that
 * can refuse comes before the first flow is touched. Used by one thread at a time.
 */
final class Reload implements Supplier<String> {
  private final AgentConfig started;
  private final Supplier<AgentConfig> file;
  private final Groundwork groundwork;
  private final Stores stores;
  private final TopicIds topicIds;
  private final Flows flows;

  /**
   * @param started with what the agent was started
   * @param file reads the configuration again
   */
  Reload(
      AgentConfig started,
      Supplier<AgentConfig> file,
      Groundwork groundwork,
      Stores stores,
      TopicIds topicIds,
      Flows flows) {
    this.started = started;
    this.file = file;
    this.groundwork = groundwork;
    this.stores = stores;
    this.topicIds = topicIds;
    this.flows = flows;
  }

  /**
   * Reloads; returns in words what was changed.
   *
   * @throws IllegalStateException if nothing was, or not all; its message says why and what mends
   *     it
   */
  @Override
  public String get() {
    AgentConfig next;
    try {
      next = file.get();
    } catch (ConfigException e) {
      throw refused(e.getMessage());
    }
    try {
      Difference difference = Difference.between(stores.users(), next.stores());
      Map<String, String> ids = prepare(next, difference);
      return carryOut(next, difference, ids);
    } finally {
      stores.closeUnused(next.stores());
    }
  }

  private Map<String, String> prepare(AgentConfig next, Difference difference) {
    List<String> fixed = Difference.fixed(started, next);
    if (!fixed.isEmpty()) {
      throw refused(
          "these cannot be changed while an agent runs: "
              + String.join(", ", fixed)
              + "\n  what mends it: restart the agents of this region, one after the other, or"
              + " write back what stood there");
    }
    List<ResourceConfig> opening = List.copyOf(difference.toOpen().keySet());
    try {
      return groundwork.lay(opening);
    } catch (ReplicationException e) {
      throw refused(
          e.hint().isEmpty() ? e.getMessage() : e.getMessage() + "\n  what mends it: " + e.hint());
    } catch (KafkaException e) {
      throw refused(
          "the local Kafka cannot be used: "
              + e.getMessage()
              + "\n  what mends it: look at the brokers, then reload again");
    }
  }

  private String carryOut(AgentConfig next, Difference difference, Map<String, String> ids) {
    topicIds.add(ids);
    List<Resource> closing = difference.toClose();
    flows.close(closing);
    closing.forEach(stores::release);
    for (Resource gone : difference.removed()) {
      topicIds.remove(TopicNames.changes(new Flow(gone, started.region())));
      topicIds.remove(TopicNames.hints(started.region(), gone));
      topicIds.remove(TopicNames.ledger(started.region(), gone));
    }
    Shares shares = new Shares(Runtime.getRuntime().maxMemory(), next.resources());
    shares.check();
    flows.share(shares);
    List<String> failures = new ArrayList<>();
    difference
        .toOpen()
        .forEach(
            (resource, store) -> {
              stores.use(store, resource.resource());
              open(resource, failures);
            });
    if (!failures.isEmpty()) {
      throw new IllegalStateException(
          "not all could be opened: "
              + String.join("; ", failures)
              + "\n  otherwise: "
              + difference
              + "\n  what mends it: mend the file and reload again");
    }
    return difference.toString();
  }

  /** What one resource does when it is opened must not keep the others closed. */
  private void open(ResourceConfig resource, List<String> failures) {
    try {
      flows.open(resource);
    } catch (RuntimeException e) {
      failures.add(resource.resource() + ": " + e);
      flows.close(List.of(resource.resource()));
      stores.release(resource.resource());
    }
  }

  private static IllegalStateException refused(String why) {
    return new IllegalStateException("nothing was changed: " + why);
  }
}
