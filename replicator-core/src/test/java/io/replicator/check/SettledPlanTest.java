package io.replicator.check;

import static io.replicator.check.CheckRig.EAST;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.agent.Agent;
import io.replicator.config.AgentConfig;
import io.replicator.fixture.BucketResource;
import io.replicator.fixture.FakeBucket;
import io.replicator.fixture.GuardedBroker;
import io.replicator.jmx.FlowBean;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Flow;
import io.replicator.model.Resource;
import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.management.ObjectName;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What an agent needs that settles is in the plan, and what it is not allowed is named. */
class SettledPlanTest {
  private static GuardedBroker east;
  private static GuardedBroker west;

  @BeforeAll
  static void startBrokers() {
    east = GuardedBroker.started("agent", "nobody");
    west = GuardedBroker.started("agent", "nobody");
  }

  @AfterAll
  static void stopBrokers() {
    west.close();
    east.close();
  }

  @Test
  @SuppressWarnings("try") // the agent only has to run
  void whatIsListedIsEnoughForAnAgentThatSettlesAndThePlanHoldsItsTopics() throws Exception {
    CheckRig.allowWhatIsListed(east, west, "agent");
    FakeBucket bucket = new FakeBucket(EAST, InstantSource.system());
    BucketResource photos = new BucketResource(bucket);
    AgentConfig config = CheckRig.config(east.as("agent"), west.as("agent"), "photos", photos);
    assertThat(CheckRig.errors(CheckRig.findings(config)))
        .as("before the topics are there")
        .isEmpty();

    try (Agent agent = Agent.start(config, () -> config)) {
      Flow flow = new Flow(new Resource("s3", "photos"), EAST);
      awaitKey(flow, "photo.jpg", () -> bucket.write("photo.jpg", "all colours"));

      List<Finding> findings = CheckRig.findings(config);
      assertThat(CheckRig.errors(findings)).isEmpty();
      assertThat(findings)
          .filteredOn(finding -> finding.level() == Level.UNTRIED)
          .extracting(Finding::detail)
          .anyMatch(detail -> detail.startsWith("WRITE on transactional ids"))
          .anyMatch(detail -> detail.contains("replicator.us-east-1.feed.s3.photos.<topic>"));
      Set<String> planned =
          new Plan(config)
              .topics(Cluster.local(config)).stream()
                  .map(Plan.Topic::name)
                  .collect(Collectors.toSet());
      await()
          .atMost(Duration.ofMinutes(2)) // the mirror's workers make their topics when they are up
          .untilAsserted(
              () ->
                  assertThat(east.admin().listTopics().names().get())
                      .as("the plan has no topic that the agent does not make")
                      .containsAll(planned));
      Set<String> made = east.admin().listTopics().names().get();
      assertThat(planned)
          .as("and none is missing from it")
          .containsAll(
              made.stream()
                  .filter(name -> name.startsWith("replicator") || name.startsWith("mm2-"))
                  .toList());
      await()
          .atMost(Duration.ofMinutes(2)) // the mirror's workers join when they are up
          .untilAsserted(
              () ->
                  assertThat(new Plan(config).coordinated(Cluster.local(config)).groups())
                      .as("and so with its groups")
                      .containsExactlyInAnyOrderElementsOf(
                          east.admin().listGroups().all().get().stream()
                              .map(GroupListing::groupId)
                              .toList()));
    }
  }

  @Test
  void whoMayNotUseTransactionalIdsIsTold() {
    FakeBucket bucket = new FakeBucket(EAST, InstantSource.system());
    AgentConfig config =
        CheckRig.config(east.as("nobody"), west.as("nobody"), "photos", new BucketResource(bucket));
    assertThat(CheckRig.errors(CheckRig.findings(config)))
        .filteredOn(finding -> finding.detail().contains("transactional-id"))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.detail())
                  .isEqualTo(
                      "missing WRITE, DESCRIBE on transactional-id"
                          + " replicator.us-east-1.settle.s3.photos.");
              assertThat(finding.mend())
                  .contains("--operation Write --operation Describe")
                  .endsWith(
                      "--transactional-id replicator.us-east-1.settle.s3.photos."
                          + " --resource-pattern-type prefixed");
            });
  }

  /** Acts again and again until a topic holds a key. */
  private static void awaitKey(Flow flow, String key, Runnable act) {
    try (Consumer<byte[], byte[]> consumer =
        new KafkaClients(east.asAdmin(), "reader").assignedConsumer("reader")) {
      List<TopicPartition> places =
          IntStream.range(0, CheckRig.PARTITIONS)
              .mapToObj(number -> new TopicPartition(TopicNames.changes(flow), number))
              .toList();
      consumer.assign(places);
      consumer.seekToBeginning(places);
      await()
          .atMost(Duration.ofSeconds(120))
          .untilAsserted(
              () -> {
                act.run();
                assertThat(consumer.poll(Duration.ofSeconds(1)))
                    .as("the flow is %s", state(flow))
                    .anyMatch(
                        record ->
                            record.key() != null && key.equals(new String(record.key(), UTF_8)));
              });
    }
  }

  private static List<Object> state(Flow flow) throws Exception {
    return ManagementFactory.getPlatformMBeanServer()
        .getAttributes(
            new ObjectName(FlowBean.objectName(flow)),
            new String[] {"State", "Reason", "PendingChanges"})
        .stream()
        .map(Object.class::cast)
        .toList();
  }
}
