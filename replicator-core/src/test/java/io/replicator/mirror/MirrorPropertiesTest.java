package io.replicator.mirror;

import static io.replicator.mirror.MirrorConfigs.EAST;
import static io.replicator.mirror.MirrorConfigs.WEST;
import static io.replicator.mirror.MirrorConfigs.at;
import static io.replicator.mirror.MirrorConfigs.embedded;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.config.AgentConfig;
import io.replicator.config.MirrorConfig;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class MirrorPropertiesTest {
  @Test
  void theGeneratedTextIsKnown() {
    AgentConfig config =
        MirrorConfigs.east(at("east:9092"), Map.of(WEST, at("west:9092")), 3, MirrorConfig.DEFAULT);
    assertThat(text(config))
        .isEqualTo(
            """
            clusters=us-west-2,us-east-1
            dedicated.mode.enable.internal.rest=true
            emit.checkpoints.enabled=false
            emit.heartbeats.enabled=false
            emit.offset-syncs.enabled=false
            heartbeats.replication.enabled=false
            heartbeats.topic.replication.factor=3
            listeners=http://127.0.0.1:0
            plugin.discovery=service_load
            refresh.groups.enabled=false
            refresh.topics.interval.seconds=5
            replication.factor=3
            replication.policy.class=org.apache.kafka.connect.mirror.IdentityReplicationPolicy
            sync.group.offsets.enabled=false
            sync.topic.acls.enabled=false
            sync.topic.configs.enabled=false
            us-east-1->us-west-2.enabled=false
            us-east-1.bootstrap.servers=east:9092
            us-east-1.config.storage.replication.factor=3
            us-east-1.heartbeat.interval.ms=2000
            us-east-1.offset.flush.interval.ms=1000
            us-east-1.offset.storage.partitions=5
            us-east-1.offset.storage.replication.factor=3
            us-east-1.plugin.discovery=service_load
            us-east-1.producer.batch.size=65536
            us-east-1.producer.buffer.memory=16777216
            us-east-1.producer.compression.type=lz4
            us-east-1.producer.linger.ms=1
            us-east-1.producer.max.request.size=4194304
            us-east-1.scheduled.rebalance.max.delay.ms=1000
            us-east-1.session.timeout.ms=6000
            us-east-1.status.storage.partitions=1
            us-east-1.status.storage.replication.factor=3
            us-east-1.task.shutdown.graceful.timeout.ms=3000
            us-west-2->us-east-1.config.properties.exclude=follower.replication.throttled.replicas,\
            leader.replication.throttled.replicas,message.timestamp.difference.max.ms,\
            log.message.timestamp.before.max.ms,log.message.timestamp.after.max.ms,\
            unclean.leader.election.enable,min.insync.replicas
            us-west-2->us-east-1.enabled=true
            us-west-2->us-east-1.topics=replicator\\.us-west-2\\..*
            us-west-2->us-east-1.topics.exclude=__.*
            us-west-2.bootstrap.servers=west:9092
            us-west-2.consumer.auto.offset.reset=earliest
            us-west-2.consumer.fetch.max.bytes=16777216
            us-west-2.consumer.isolation.level=read_committed
            us-west-2.consumer.max.partition.fetch.bytes=4194304
            """);
  }

  @Test
  void securityIsHandedToEachSideUnderItsAlias() {
    Map<String, String> west =
        Map.of(
            "bootstrap.servers", "west:9093",
            "security.protocol", "SASL_SSL",
            "sasl.jaas.config", "secret",
            "ssl.truststore.location", "/etc/t");
    AgentConfig config =
        MirrorConfigs.east(at("east:9092"), Map.of(WEST, west), 3, MirrorConfig.DEFAULT);
    assertThat(MirrorProperties.of(config, WEST))
        .containsEntry("us-west-2.security.protocol", "SASL_SSL")
        .containsEntry("us-west-2.sasl.jaas.config", "secret")
        .containsEntry("us-west-2.ssl.truststore.location", "/etc/t")
        .doesNotContainKey("us-east-1.security.protocol");
  }

  @Test
  void otherClientOptionsReachTheClientsWhichMirrorMakerWouldNotHandThemTo() {
    Map<String, String> east =
        Map.of("bootstrap.servers", "east:9092", "client.dns.lookup", "use_all_dns_ips");
    AgentConfig config =
        MirrorConfigs.east(east, Map.of(WEST, at("west:9092")), 3, MirrorConfig.DEFAULT);
    assertThat(MirrorProperties.of(config, WEST))
        .containsEntry("us-east-1.client.dns.lookup", "use_all_dns_ips")
        .containsEntry("us-east-1.producer.client.dns.lookup", "use_all_dns_ips")
        .containsEntry("us-east-1.consumer.client.dns.lookup", "use_all_dns_ips")
        .containsEntry("us-east-1.admin.client.dns.lookup", "use_all_dns_ips");
  }

  @Test
  void kafkaOptionsDoNotLowerTheLimitsButMirrorOptionsDo() {
    Map<String, String> east = Map.of("bootstrap.servers", "east:9092", "max.request.size", "1000");
    Map<String, String> mirror = Map.of("us-east-1.producer.linger.ms", "50", "tasks.max", "4");
    AgentConfig config =
        MirrorConfigs.east(east, Map.of(WEST, at("west:9092")), 3, embedded(mirror));
    assertThat(MirrorProperties.of(config, WEST))
        .containsEntry("us-east-1.producer.max.request.size", "4194304")
        .containsEntry("us-east-1.producer.linger.ms", "50")
        .containsEntry("tasks.max", "4");
  }

  @Test
  void aReachableListenerCanBeGivenWhereAgentsRunOnSeveralHosts() {
    AgentConfig config =
        MirrorConfigs.east(
            at("east:9092"),
            Map.of(WEST, at("west:9092")),
            3,
            embedded(Map.of("listeners", "http://10.0.0.5:0")));
    assertThat(MirrorProperties.of(config, WEST))
        .containsEntry("listeners", "http://10.0.0.5:0")
        .containsEntry("dedicated.mode.enable.internal.rest", "true");
  }

  private static String text(AgentConfig config) {
    assertThat(config.region()).isEqualTo(EAST);
    return MirrorProperties.of(config, WEST).entrySet().stream()
        .map(property -> property.getKey() + "=" + property.getValue() + "\n")
        .collect(Collectors.joining());
  }
}
