package io.replicator.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.config.AgentConfig;
import io.replicator.fixture.FakeSource;
import io.replicator.fixture.FakeTarget;
import io.replicator.fixture.KafkaBroker;
import io.replicator.fixture.SilentServer;
import io.replicator.kafka.Identity;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.kafka.Topics;
import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The whole check ends whatever is away, changes nothing, and says each thing once. */
class CheckTest {
  private static KafkaBroker broker;

  private final FakeTarget target = new FakeTarget(false);
  private final CheckRig.Endpoint endpoint = new CheckRig.Endpoint(new FakeSource(), target);

  @BeforeAll
  static void startBroker() {
    broker = KafkaBroker.started();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @AfterEach
  void closeTarget() {
    target.close();
  }

  @Test
  void whatIsAwayIsFoundWithinTheLimitBesideWhatIsThereAndNothingIsCreated() throws Exception {
    try (SilentServer silent = new SilentServer()) {
      AgentConfig config =
          CheckRig.config(at(broker.bootstrapServers()), at(silent.address()), "orders", endpoint);
      List<Finding> findings = new ArrayList<>();
      long began = System.nanoTime();
      Check.run(config, Duration.ofSeconds(8), findings::add);

      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(12));
      assertThat(findings).doesNotHaveDuplicates();
      assertThat(findings)
          .filteredOn(finding -> finding.level() == Level.ERROR)
          .extracting(Finding::subject)
          .containsExactly("peers.us-west-2.kafka.bootstrap.servers '" + silent.address() + "'");
      assertThat(findings)
          .extracting(Finding::subject)
          .contains("topic replicator.us-east-1.sqs.orders", "clocks of us-east-1");
      try (Admin admin = Admin.create(Map.copyOf(at(broker.bootstrapServers())))) {
        assertThat(admin.listTopics().names().get()).isEmpty();
        assertThat(admin.listGroups().all().get()).isEmpty();
      }
    }
  }

  @Test
  void theKafkaOfAnotherRegionIsNotLookedAtFurther() {
    try (KafkaBroker west = KafkaBroker.started()) {
      claim(west);
      AgentConfig config =
          CheckRig.config(at(west.bootstrapServers()), at("127.0.0.1:1"), "orders", endpoint);
      Report report = new Report();
      Cluster cluster = Cluster.local(config);
      assertThat(run(cluster, config, report)).isFalse();
      assertThat(report.findings()).hasSize(1);
      assertThat(report.findings().get(0).detail())
          .isEqualTo("is the Kafka of region us-west-2, not of us-east-1");
    }
  }

  private static boolean run(Cluster cluster, AgentConfig config, Report report) {
    try {
      return new ClusterCheck(cluster, config, report).run();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void claim(KafkaBroker west) {
    KafkaClients kafka = new KafkaClients(at(west.bootstrapServers()), "west");
    try (Admin admin = kafka.admin();
        Producer<byte[], byte[]> producer = kafka.producer("west")) {
      new Topics(admin, 1, 1, Duration.ofDays(14)).ensureJournal(TopicNames.IDENTITY, 1, "");
      Identity.claim(kafka, producer, CheckRig.WEST, Identity.LIMIT);
    }
  }

  private static Map<String, String> at(String servers) {
    return Map.of("bootstrap.servers", servers);
  }
}
