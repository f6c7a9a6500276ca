package io.replicator.check;

import static io.replicator.check.CheckRig.EAST;
import static io.replicator.check.CheckRig.WEST;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.apache.kafka.common.acl.AclOperation.CREATE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE_CONFIGS;
import static org.apache.kafka.common.acl.AclOperation.READ;
import static org.apache.kafka.common.resource.ResourceType.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.agent.Agent;
import io.replicator.config.AgentConfig;
import io.replicator.fixture.FakeSource;
import io.replicator.fixture.FakeTarget;
import io.replicator.fixture.GuardedBroker;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.kafka.Topics;
import io.replicator.model.Change;
import io.replicator.model.Flow;
import io.replicator.model.Resource;
import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import io.replicator.wire.Stamp;
import io.replicator.wire.WireFormat;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the brokers do not allow is named before the agent finds out. */
class AclCheckTest {
  private static final Flow OURS = new Flow(new Resource("sqs", "orders"), EAST);
  private static final Flow THEIRS = new Flow(new Resource("sqs", "orders"), WEST);
  private static final FakeTarget TARGET = new FakeTarget(false);
  private static final CheckRig.Endpoint ENDPOINT = new CheckRig.Endpoint(new FakeSource(), TARGET);
  private static GuardedBroker east;
  private static GuardedBroker west;

  @BeforeAll
  static void startBrokers() {
    east = GuardedBroker.started("agent", "nobody", "reader");
    west = GuardedBroker.started("agent", "nobody", "reader");
    // As an agent there would make it.
    Topics topics = new Topics(west.admin(), 1, 1, Duration.ofDays(14));
    topics.ensureMirrored(TopicNames.changes(THEIRS), CheckRig.PARTITIONS, "");
  }

  @AfterAll
  static void stopBrokers() {
    TARGET.close();
    west.close();
    east.close();
  }

  @Test
  @SuppressWarnings("try") // the agent only has to run
  void whatIsListedIsEnoughForAgentAndMirrorAndNothingIsFoundMissing() throws Exception {
    CheckRig.allowWhatIsListed(east, west, "agent");
    AgentConfig config = CheckRig.config(east.as("agent"), west.as("agent"), "orders", ENDPOINT);
    assertThat(CheckRig.errors(CheckRig.findings(config)))
        .as("before the topics are there")
        .isEmpty();

    try (Agent agent = Agent.start(config, () -> config)) {
      writeInTheWest(FakeSource.change("c1", "k1"));
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(TARGET.ids()).containsExactly("c1"));

      int epoch = groupEpoch();
      List<Finding> findings = CheckRig.findings(config);
      assertThat(CheckRig.errors(findings)).isEmpty();
      assertThat(groupEpoch())
          .as("the look at the group that lives disturbed nobody")
          .isEqualTo(epoch);
      assertThat(findings)
          .filteredOn(finding -> finding.detail().contains("does not exist"))
          .extracting(Finding::subject)
          .as("the plan has no topic that the agent does not make")
          .allMatch(subject -> subject.contains(" in us-west-2"));
      Set<String> planned =
          new Plan(config)
              .topics(Cluster.local(config)).stream()
                  .map(Plan.Topic::name)
                  .collect(Collectors.toSet());
      assertThat(planned)
          .as("and none is missing from it")
          .containsAll(
              east.admin().listTopics().names().get().stream()
                  .filter(name -> name.startsWith("replicator") || name.startsWith("mm2-"))
                  .toList());
    }
  }

  @Test
  void eachMissingOperationIsNamedWithItsTopicOrGroup() {
    AgentConfig config = CheckRig.config(east.as("nobody"), west.as("nobody"), "orders", ENDPOINT);

    List<Finding> errors = CheckRig.errors(CheckRig.findings(config));
    assertThat(errors)
        .extracting(Finding::detail)
        .contains(
            "missing READ on group " + TopicNames.applyGroup(EAST, THEIRS),
            "missing READ on group us-west-2-mm2",
            "missing READ, DESCRIBE, DESCRIBE_CONFIGS on topic " + TopicNames.changes(THEIRS),
            "missing READ, DESCRIBE on topic " + TopicNames.IDENTITY)
        .anyMatch(detail -> detail.contains("on topic mm2-configs.us-west-2.internal"))
        .anyMatch(
            detail -> detail.contains("CREATE") && detail.endsWith("on topic " + changes(OURS)));
    assertThat(errors)
        .filteredOn(finding -> finding.detail().endsWith("on group us-west-2-mm2"))
        .extracting(Finding::mend)
        .allMatch(
            mend ->
                mend.startsWith(
                    "run kafka-acls.sh --add --allow-principal User:<the agent's>"
                        + " --operation Read --group us-west-2-mm2"));
  }

  @Test
  void oneOperationThatIsMissingOnATopicThatExistsIsNamedAlone() {
    Topics topics = new Topics(east.admin(), 1, 1, Duration.ofDays(14));
    topics.ensureMirrored(changes(OURS), CheckRig.PARTITIONS, "");
    east.allow("reader", TOPIC, "replicator*", CREATE, DESCRIBE, DESCRIBE_CONFIGS, READ);
    east.allow("reader", TOPIC, "mm2-*", CREATE, DESCRIBE, DESCRIBE_CONFIGS);
    AgentConfig config = CheckRig.config(east.as("reader"), west.asAdmin(), "orders", ENDPOINT);

    List<Finding> findings = CheckRig.findings(config);
    assertThat(CheckRig.errors(findings))
        .extracting(Finding::detail)
        .contains("missing WRITE on topic " + changes(OURS))
        .noneMatch(detail -> detail.contains("CREATE"));
  }

  @Test
  void whatCannotBeTriedOnTopicsThatDoNotExistIsSaid() {
    AgentConfig config = CheckRig.config(east.asAdmin(), west.asAdmin(), "unheard", ENDPOINT);
    assertThat(CheckRig.findings(config))
        .filteredOn(finding -> finding.level() == Level.UNTRIED)
        .extracting(Finding::detail)
        .contains("READ, WRITE on topics that do not exist yet could not be tried");
  }

  private static void writeInTheWest(Change change) throws Exception {
    Producer<byte[], byte[]> producer = new KafkaClients(west.asAdmin(), "west").producer("west");
    try (producer) {
      String incarnation = Stamp.newIncarnation(change.time(), Stamp.newCapture());
      producer
          .send(
              new ProducerRecord<>(
                  changes(THEIRS),
                  0,
                  change.key().getBytes(UTF_8),
                  change.payload(),
                  WireFormat.encode(THEIRS, change, new Stamp(incarnation, 1))))
          .get();
    }
  }

  private static int groupEpoch() throws Exception {
    String group = TopicNames.applyGroup(EAST, THEIRS);
    return east.admin()
        .describeConsumerGroups(List.of(group))
        .describedGroups()
        .get(group)
        .get()
        .groupEpoch()
        .orElseThrow();
  }

  private static String changes(Flow flow) {
    return TopicNames.changes(flow);
  }
}
