package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.deploy.sandbox.AgentServer;
import io.replicator.deploy.status.Bean;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * A flow account adds up what the records of a flow's change topics, and the figures of the agents
 * that read them, say: everything captured is numbered without a hole, is mirrored, and is read to
 * the end; nothing is set aside; and of what is captured in quiet times each change is counted
 * once.
 */
final class FlowAccount {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** What can become of a change that an agent reads. */
  private static final List<String> OUTCOMES =
      List.of("Applied", "Duplicates", "Superseded", "DeadLettered");

  private final TwoRegions regions;
  private final Flow flow;
  private final String to;

  FlowAccount(TwoRegions regions, Flow flow) {
    this.regions = regions;
    this.flow = flow;
    this.to = flow.origin().name().equals(EAST) ? WEST : EAST;
  }

  /** Returns the flow's topic where its changes were captured. */
  ChangeTopic captured() {
    return ChangeTopic.read(regions.region(flow.origin().name()).broker().bootstrap(), flow);
  }

  /** Waits until what was captured is in the other region; returns the ends of the topic there. */
  Map<TopicPartition, Long> awaitMirrored(ChangeTopic captured) {
    await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(
            () ->
                assertThat(mirrored().numbers())
                    .as("%s: mirrored", flow)
                    .isEqualTo(captured.numbers()));
    return mirrored().ends();
  }

  /** Waits until the other region's agents have read, and said so, up to these ends. */
  void awaitRead(Map<TopicPartition, Long> ends) {
    await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(
            () -> {
              Map<TopicPartition, OffsetAndMetadata> read = read();
              // A heartbeat a second follows, so that all of these are passed.
              ends.forEach(
                  (place, end) ->
                      assertThat(read.get(place).offset())
                          .as("%s: read of %s", flow, place)
                          .isGreaterThanOrEqualTo(end));
            });
  }

  private ChangeTopic mirrored() {
    return ChangeTopic.read(regions.region(to).broker().bootstrap(), flow);
  }

  private Map<TopicPartition, OffsetAndMetadata> read()
      throws InterruptedException, ExecutionException {
    Region here = new Region(to);
    String group =
        flow.resource().store().equals("s3")
            ? TopicNames.settleGroup(here, flow.resource())
            : TopicNames.applyGroup(here, flow);
    try (Admin admin =
        Admin.create(Map.of("bootstrap.servers", regions.region(to).broker().bootstrap()))) {
      return admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
    }
  }

  /** Returns how many changes the agents say they are done with, since they were started. */
  long done() {
    return OUTCOMES.stream().mapToLong(this::figure).sum();
  }

  /** Returns what the agents say of what they have done. */
  String outcomes() {
    return flow
        + ": "
        + OUTCOMES.stream()
            .map(outcome -> figure(outcome) + " " + outcome.toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(", "));
  }

  private long figure(String name) {
    return regions.region(to).agents().stream().mapToLong(agent -> bean(agent).number(name)).sum();
  }

  private Bean bean(AgentServer agent) {
    return await()
        .atMost(PATIENCE)
        .until(
            () -> regions.flow(agent, flow.resource().name(), flow.origin().name()),
            Optional::isPresent)
        .orElseThrow();
  }
}
