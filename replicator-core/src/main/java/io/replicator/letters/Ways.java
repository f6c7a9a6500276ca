package io.replicator.letters;

import io.replicator.config.AgentConfig;
import io.replicator.config.ResourceConfig;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import io.replicator.spi.Settings;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The ways back are the flows of a region with their parking topics: what is put there is tried
 * again like any change that had to wait. Which version wins is decided there, not here.
 */
public final class Ways {
  /** More than clocks of two regions may be apart, and longer than a replay takes. */
  private static final Duration SLACK = Duration.ofHours(2);

  private final Region here;
  private final Map<Flow, ResourceConfig> flows;
  private final Map<String, Integer> partitions;
  private final Instant remembered;

  private Ways(
      Region here,
      Map<Flow, ResourceConfig> flows,
      Map<String, Integer> partitions,
      Instant remembered) {
    this.here = here;
    this.flows = flows;
    this.partitions = partitions;
    this.remembered = remembered;
  }

  /** Returns the flows that may set changes aside, as configured. */
  public static List<Flow> flows(AgentConfig config) {
    return List.copyOf(byFlow(config).keySet());
  }

  /**
   * Returns the ways that are there now. Blocks.
   *
   * @throws io.replicator.spi.ReplicationException if the local Kafka does not answer
   */
  public static Ways of(AgentConfig config, KafkaClients kafka, InstantSource clock) {
    Map<Flow, ResourceConfig> flows = byFlow(config);
    Map<String, Integer> partitions =
        KafkaTrouble.telling(
            config.region(), kafka, () -> ParkingTopics.of(config.region(), kafka, flows.keySet()));
    Instant remembered =
        clock.instant().minus(config.topics().retention().multipliedBy(2)).plus(SLACK);
    return new Ways(config.region(), flows, partitions, remembered);
  }

  private static Map<Flow, ResourceConfig> byFlow(AgentConfig config) {
    Map<Flow, ResourceConfig> flows = new LinkedHashMap<>();
    for (ResourceConfig resource : config.resources()) {
      resource.inflows(config.region()).forEach(flow -> flows.put(flow, resource));
    }
    return flows;
  }

  /** Returns the ways of letters, in their order. */
  public List<Way> of(Collection<Letter> letters) {
    return letters.stream().map(this::of).toList();
  }

  private Way of(Letter letter) {
    Flow flow = letter.flow();
    ResourceConfig resource = flows.get(flow);
    if (resource == null) {
      List<String> known = flows.keySet().stream().map(Flow::toString).toList();
      return new Way.Shut(
          letter,
          "no flow " + flow + " is configured here" + Settings.known(flow.toString(), known),
          "configure it as it was and reload the agents, or drop what is not wanted any more");
    }
    String topic = TopicNames.parking(here, flow);
    Integer count = partitions.get(topic);
    if (count == null) {
      return new Way.Shut(
          letter,
          "topic " + topic + " is not there yet",
          "start or upgrade the agents of " + here + ": they create it, and read it");
    }
    int partition = letter.said().partition();
    if (partition >= count) {
      return new Way.Shut(
          letter,
          "it comes from partition " + partition + ", and " + topic + " has only " + count,
          instead(flow));
    }
    if (resource.settle().isPresent()
        && !flow.origin().equals(here)
        && letter.written().filter(it -> it.isBefore(remembered)).isPresent()) {
      return new Way.Shut(
          letter,
          "its change is of "
              + letter.written().get()
              + ", so old that a newer delete of its key may have been forgotten here",
          instead(flow));
    }
    return new Way.Open(letter, topic, partition);
  }

  private static String instead(Flow flow) {
    return "drop it; if its key is still wanted, send what "
        + flow.origin()
        + " has now: replicator backfill "
        + flow
        + " --repair";
  }
}
