package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.deploy.sandbox.AgentServer;
import io.replicator.deploy.status.AgentStatus;
import io.replicator.deploy.status.Bean;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Chaos accounts are those of all flows that the chaos writers write to. */
final class ChaosAccounts {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int MORE = 10;
  private static final List<String> RESOURCES =
      List.of("sqs/orders", "sqs/invoices.fifo", "s3/photos", "cassandra/shop");

  private final TwoRegions regions;
  private final Map<Flow, FlowAccount> accounts = new HashMap<>();

  ChaosAccounts(TwoRegions regions) {
    this.regions = regions;
    for (String region : ChaosRegions.NAMES) {
      for (String resource : RESOURCES) {
        Flow flow = Flow.parse(resource + "@" + region);
        accounts.put(flow, new FlowAccount(regions, flow));
      }
    }
  }

  /** Asserts that all flows run, that their records add up, and that nothing goes round. */
  void addUp(ChaosWriters writers) {
    awaitRunning();
    Map<Flow, ChangeTopic> topics = new HashMap<>();
    accounts.forEach((flow, account) -> topics.put(flow, account.captured()));
    Map<Flow, Map<TopicPartition, Long>> ends = new HashMap<>();
    accounts.forEach((flow, account) -> ends.put(flow, account.awaitMirrored(topics.get(flow))));
    // An idle group says only every half a minute how far it is: all are waited for at once.
    accounts.forEach((flow, account) -> account.awaitRead(ends.get(flow)));
    topics.forEach(
        (flow, topic) -> {
          assertThat(topic.holes()).as("numbers of %s that are missing", flow).isEmpty();
          assertThat((long) topic.changes())
              .as("changes of %s", flow)
              .isBetween(1L, writers.most(flow.origin().name(), flow.resource().name()));
          Flow back = new Flow(flow.resource(), other(flow.origin()));
          Set<String> both = new HashSet<>(topic.captures().keySet());
          both.retainAll(topics.get(back).captures().keySet());
          assertThat(both).as("changes of %s that came back", flow).isEmpty();
        });
    for (String region : ChaosRegions.NAMES) {
      assertThat(deadLetters(region)).as("dead letters of %s", region).isZero();
      Path spool = regions.region(region).buckets().orElseThrow().spool();
      assertThat(spool).as("events that nobody sent").isEmptyDirectory();
      assertThat(spool.resolveSibling("s3-bodies")).as("bodies left").isEmptyDirectory();
    }
    awaitQuiet();
  }

  /** Waits until no topic has grown for some seconds: what goes round would never end. */
  private void awaitQuiet() {
    Map<Flow, Integer> before = new HashMap<>();
    await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofSeconds(5))
        .untilAsserted(
            () -> {
              Map<Flow, Integer> last = Map.copyOf(before);
              accounts.forEach((flow, account) -> before.put(flow, account.captured().records()));
              assertThat(before).as("records of flows that are quiet").isEqualTo(last);
            });
  }

  /** Writes a little more, in peace, and asserts that each record is counted once. */
  String countOnce(ChaosWriters writers, Runnable judge) {
    Map<Flow, Long> before = uncounted();
    ChaosRegions.NAMES.forEach(region -> writers.addTo(region, MORE));
    judge.run();
    accounts.forEach(
        (flow, account) ->
            await()
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofSeconds(1))
                .untilAsserted(
                    () ->
                        assertThat(account.captured().records() - account.done())
                            .as("records of %s that are not counted", flow)
                            .isEqualTo(before.get(flow))));
    return accounts.values().stream().map(FlowAccount::outcomes).collect(Collectors.joining("; "));
  }

  /**
   * Returns how many records of each flow are not counted, once that is so twice in a row: what a
   * killed agent had in hand is delivered again after a while, and on its way it is not counted.
   */
  private Map<Flow, Long> uncounted() {
    List<Map<Flow, Long>> looks = new ArrayList<>(List.of(Map.of(), look()));
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(1))
        .until(
            () -> {
              looks.remove(0);
              looks.add(look());
              return looks.get(0).equals(looks.get(1));
            });
    return looks.get(1);
  }

  private Map<Flow, Long> look() {
    Map<Flow, Long> uncounted = new HashMap<>();
    accounts.forEach(
        (flow, account) -> uncounted.put(flow, account.captured().records() - account.done()));
    return uncounted;
  }

  private void awaitRunning() {
    for (String region : ChaosRegions.NAMES) {
      for (AgentServer agent : regions.region(region).agents()) {
        await()
            .atMost(PATIENCE)
            .pollDelay(Duration.ZERO)
            .pollInterval(Duration.ofSeconds(1))
            .untilAsserted(
                () ->
                    assertThat(regions.status(agent))
                        .isInstanceOfSatisfying(
                            AgentStatus.Answered.class,
                            answered -> assertThat(broken(answered.flows())).isEmpty()));
      }
    }
  }

  private static List<String> broken(List<Bean> flows) {
    return flows.stream()
        .filter(flow -> !flow.text("State").equals("RUNNING"))
        .map(flow -> flow.name() + ": " + flow.text("State") + ", " + flow.text("Reason"))
        .toList();
  }

  private long deadLetters(String region) {
    String topic = TopicNames.deadLetters(new Region(region));
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", regions.region(region).broker().bootstrap()),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> places = new ArrayList<>();
      consumer
          .partitionsFor(topic)
          .forEach(info -> places.add(new TopicPartition(topic, info.partition())));
      return consumer.endOffsets(places).values().stream().mapToLong(Long::longValue).sum();
    }
  }

  private static Region other(Region region) {
    return new Region(region.name().equals(EAST) ? WEST : EAST);
  }
}
