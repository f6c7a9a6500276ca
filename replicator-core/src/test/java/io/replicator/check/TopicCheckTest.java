package io.replicator.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.config.AgentConfig;
import io.replicator.fixture.FakeTarget;
import io.replicator.fixture.KafkaBroker;
import io.replicator.kafka.TopicNames;
import io.replicator.kafka.Topics;
import io.replicator.model.Flow;
import io.replicator.model.Resource;
import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Topics that would lose, merge or misplace changes are found before an agent starts. */
class TopicCheckTest {
  private static final FakeTarget ENDPOINT = new FakeTarget(false);
  private static KafkaBroker broker;
  private static Admin admin;
  private static int names;

  private final String name = "q" + ++names;
  private final String own = TopicNames.changes(new Flow(resource(), CheckRig.EAST));
  private final AgentConfig config =
      CheckRig.config(at("127.0.0.1:1"), at("127.0.0.1:2"), name, ENDPOINT);
  private final Cluster here = Cluster.local(config(broker.bootstrapServers(), "127.0.0.1:2"));
  private final Cluster there =
      Cluster.of(config("127.0.0.1:1", broker.bootstrapServers()).peers().get(CheckRig.WEST));

  @BeforeAll
  static void startBroker() {
    broker = KafkaBroker.started();
    admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
  }

  @AfterAll
  static void stopBroker() {
    ENDPOINT.close();
    admin.close();
    broker.close();
  }

  @AfterEach
  void deleteTopic() throws Exception {
    if (admin.listTopics().names().get().contains(own)) {
      admin.deleteTopics(List.of(own)).all().get();
    }
  }

  @Test
  void aTopicThatTheAgentMadeIsRightAndOneThatItWillMakeIsNotMade() throws Exception {
    create(CheckRig.PARTITIONS, Duration.ofDays(14));

    List<Finding> findings = check(here, 1);
    assertThat(findings).extracting(Finding::level).containsOnly(Level.OK);
    assertThat(about(findings, own).detail()).isEqualTo("3 partitions");
    assertThat(about(findings, "replicator-local.us-east-1.control").detail())
        .contains("the agent will create it");
    assertThat(admin.listTopics().names().get()).containsExactly(own);
  }

  @Test
  void anotherNumberOfPartitionsIsAnErrorHereAndInThePeersKafka() {
    create(5, Duration.ofDays(14));

    Finding local = about(check(here, 1), own);
    assertThat(local.level()).isEqualTo(Level.ERROR);
    assertThat(local.detail()).isEqualTo("has 5 partitions, not 3");
    assertThat(local.mend())
        .contains("set stores.sqs.resources." + name + ".partitions to 5", "every region");

    Finding remote = about(check(there, 1), own + " in us-west-2");
    assertThat(remote.level()).isEqualTo(Level.ERROR);
    assertThat(remote.detail()).contains("has 5 partitions, not 3 as here", "another partition");
  }

  @Test
  void aRetentionThatIsTooShortIsAWarningThatTheAgentMendsAndALongerOneIsFine() throws Exception {
    create(CheckRig.PARTITIONS, Duration.ofDays(1));
    Finding finding = about(check(here, 1), own);
    assertThat(finding.level()).isEqualTo(Level.WARNING);
    assertThat(finding.detail())
        .contains("has retention.ms=86400000, not 1209600000", "outage loses");
    assertThat(finding.mend()).contains("the agent sets it when it starts");
    assertThat(value("retention.ms")).as("looked at, not mended").isEqualTo("86400000");

    set("retention.ms", "-1");
    assertThat(about(check(here, 1), own).level()).isEqualTo(Level.OK);
  }

  @Test
  void settingsByWhichChangesWouldBePurgedMergedOrRefusedAreEachNamed() throws Exception {
    create(CheckRig.PARTITIONS, Duration.ofDays(14));
    set("cleanup.policy", "compact");
    set("message.timestamp.type", "CreateTime");
    set("max.message.bytes", "1000000");
    set("retention.bytes", "1000000");

    List<Finding> findings =
        check(here, 1).stream().filter(it -> it.subject().endsWith(own)).toList();
    assertThat(findings).extracting(Finding::level).containsOnly(Level.WARNING);
    assertThat(findings)
        .extracting(Finding::detail)
        .anyMatch(detail -> detail.contains("cleanup.policy=compact, not delete"))
        .anyMatch(detail -> detail.contains("message.timestamp.type=CreateTime"))
        .anyMatch(detail -> detail.contains("max.message.bytes=1000000, not 2097152"))
        .anyMatch(detail -> detail.contains("retention.bytes=1000000, not -1"))
        .hasSize(4);
    assertThat(findings)
        .extracting(Finding::mend)
        .allMatch(mend -> mend.contains("the agent sets it when it starts"));
  }

  @Test
  void tooFewReplicasAndReplicasInSyncThatThereAreNotAreFound() throws Exception {
    create(CheckRig.PARTITIONS, Duration.ofDays(14));
    Finding few = about(check(here, 3), own);
    assertThat(few.level()).isEqualTo(Level.WARNING);
    assertThat(few.detail()).contains("has 1 replicas, and topics.replication-factor is 3");

    set("min.insync.replicas", "2");
    Finding none = about(check(here, 1), own);
    assertThat(none.level()).isEqualTo(Level.ERROR);
    assertThat(none.detail()).contains("min.insync.replicas=2", "takes no record");
  }

  @Test
  void aTopicThatTheBrokersWouldNotCreateIsAnErrorWithTheirReason() {
    Finding finding = about(check(here, 3), own);
    assertThat(finding.level()).isEqualTo(Level.ERROR);
    assertThat(finding.detail()).contains("would not be created", "eplication factor");
  }

  private List<Finding> check(Cluster cluster, int replicas) {
    Report report = new Report();
    List<Plan.Topic> topics = new Plan(config).topics(cluster);
    try {
      Survey survey = Survey.of(cluster, topics, (short) replicas);
      new TopicCheck(cluster, replicas, survey, report).run(topics);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return report.findings();
  }

  private static Finding about(List<Finding> findings, String topic) {
    return findings.stream()
        .filter(finding -> finding.subject().equals("topic " + topic))
        .findFirst()
        .orElseThrow();
  }

  private void create(int partitions, Duration retention) {
    new Topics(admin, 1, 1, retention).ensureMirrored(own, partitions, "");
  }

  private void set(String setting, String value) throws Exception {
    AlterConfigOp change =
        new AlterConfigOp(new ConfigEntry(setting, value), AlterConfigOp.OpType.SET);
    admin.incrementalAlterConfigs(Map.of(resourceOfOwn(), List.of(change))).all().get();
    // A broker hears a little later what the controller has acknowledged.
    await().until(() -> value(setting).equals(value));
  }

  private String value(String setting) throws Exception {
    ConfigResource asked = resourceOfOwn();
    return admin.describeConfigs(List.of(asked)).all().get().get(asked).get(setting).value();
  }

  private ConfigResource resourceOfOwn() {
    return new ConfigResource(ConfigResource.Type.TOPIC, own);
  }

  private Resource resource() {
    return new Resource("sqs", name);
  }

  private AgentConfig config(String east, String west) {
    return CheckRig.config(at(east), at(west), name, ENDPOINT);
  }

  private static Map<String, String> at(String servers) {
    return Map.of("bootstrap.servers", servers);
  }
}
