package io.replicator.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.fixture.KafkaBroker;
import io.replicator.kafka.KafkaClients;
import io.replicator.model.Region;
import io.replicator.spi.Finding;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.Test;

class GroupCheckTest {
  @Test
  void brokersOfKafkasDefaultsAreUsableAndTheirLongSessionIsNamedWithItsMend() {
    try (KafkaBroker broker = KafkaBroker.started()) {
      Finding finding = only(broker);
      assertThat(finding.level()).isEqualTo(Finding.Level.WARNING);
      assertThat(finding.detail()).contains("killed agent", "45 s");
      assertThat(finding.mend())
          .contains("group.consumer.session.timeout.ms", "group.consumer.min.session.timeout.ms");
    }
  }

  @Test
  void brokersThatKnowTheProtocolAndFreeItsMembersSoonAreFine() {
    try (KafkaBroker broker =
        KafkaBroker.started(
            Map.of(
                "group.consumer.session.timeout.ms", "10000",
                "group.consumer.min.session.timeout.ms", "10000"))) {
      assertThat(only(broker).level()).isEqualTo(Finding.Level.OK);
    }
  }

  @Test
  void brokersThatMustNotSpeakTheProtocolAreAnError() {
    try (KafkaBroker broker =
        KafkaBroker.started(Map.of("group.coordinator.rebalance.protocols", "classic"))) {
      Finding finding = only(broker);
      assertThat(finding.level()).isEqualTo(Finding.Level.ERROR);
      assertThat(finding.mend()).contains("group.coordinator.rebalance.protocols");
    }
  }

  @Test
  void aClusterWithoutTheFeatureIsAnError() throws Exception {
    try (KafkaBroker broker = KafkaBroker.started()) {
      try (Admin admin = kafka(broker).admin()) {
        FeatureUpdate without =
            new FeatureUpdate((short) 0, FeatureUpdate.UpgradeType.UNSAFE_DOWNGRADE);
        admin
            .updateFeatures(Map.of("group.version", without), new UpdateFeaturesOptions())
            .all()
            .get();
      }
      Finding finding = only(broker);
      assertThat(finding.level()).isEqualTo(Finding.Level.ERROR);
      assertThat(finding.mend()).contains("Kafka 4.0", "group.version=1");
    }
  }

  @Test
  void settingsThatMayNotBeReadAreAWarningThatNamesThePermission() throws Exception {
    try (KafkaBroker broker =
        KafkaBroker.started(
            Map.of(
                "authorizer.class.name",
                "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "allow.everyone.if.no.acl.found",
                "true"))) {
      try (Admin admin = kafka(broker).admin()) {
        admin
            .createAcls(
                List.of(
                    acl(AclOperation.ALL, AclPermissionType.ALLOW),
                    acl(AclOperation.DESCRIBE_CONFIGS, AclPermissionType.DENY)))
            .all()
            .get();
      }
      Finding finding = only(broker);
      assertThat(finding.level()).isEqualTo(Finding.Level.WARNING);
      assertThat(finding.mend()).contains("DESCRIBE_CONFIGS");
    }
  }

  private static AclBinding acl(AclOperation operation, AclPermissionType permission) {
    return new AclBinding(
        new ResourcePattern(ResourceType.CLUSTER, "kafka-cluster", PatternType.LITERAL),
        new AccessControlEntry("User:ANONYMOUS", "*", operation, permission));
  }

  @Test
  void brokersThatCannotGiveAMemberTheSamePartitionsOfAllTopicsAreAnErrorWhereKeysAreSettled() {
    try (KafkaBroker broker = KafkaBroker.started(Map.of("group.consumer.assignors", "uniform"))) {
      Finding finding = only(broker, true);
      assertThat(finding.level()).isEqualTo(Finding.Level.ERROR);
      assertThat(finding.detail()).contains("group.consumer.assignors=uniform");
      assertThat(finding.mend()).contains("'range'");
      assertThat(only(broker).level()).as("nothing is settled").isEqualTo(Finding.Level.WARNING);
    }
  }

  @Test
  void theAssignorsOfKafkasDefaultsWillDo() {
    try (KafkaBroker broker = KafkaBroker.started()) {
      assertThat(only(broker, true).level()).isEqualTo(Finding.Level.WARNING);
    }
  }

  private static Finding only(KafkaBroker broker) {
    return only(broker, false);
  }

  private static Finding only(KafkaBroker broker, boolean copartitions) {
    Report report = new Report();
    Cluster cluster = new Cluster("kafka", new Region("us-east-1"), true, kafka(broker));
    new GroupCheck(cluster, copartitions, report).run();
    assertThat(report.findings()).hasSize(1);
    return report.findings().get(0);
  }

  private static KafkaClients kafka(KafkaBroker broker) {
    return new KafkaClients(Map.of("bootstrap.servers", broker.bootstrapServers()), "test");
  }
}
