package io.replicator.mirror;

import static io.replicator.mirror.MirrorConfigs.WEST;
import static io.replicator.mirror.MirrorConfigs.at;
import static io.replicator.mirror.MirrorConfigs.embedded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.config.AgentConfig;
import io.replicator.config.MirrorConfig;
import io.replicator.kafka.TopicNames;
import io.replicator.model.Clocks;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.model.Region;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** What the mirror says when it carries nothing, and what it does about it. */
class MirrorTroubleTest extends MirrorRig {
  @Test
  void anUnreachablePeerDoesNotHinderAnother() throws Exception {
    Region gone = new Region("eu-west-1");
    AgentConfig config =
        MirrorConfigs.east(
            at(east.bootstrapServers()),
            Map.of(gone, at("127.0.0.1:1"), WEST, at(west.bootstrapServers())),
            1,
            embedded(Map.of()));
    try (Mirror mirror = new Mirror(config, PACE, Clocks.system());
        KafkaSide here = new KafkaSide(east)) {
      send(0, 1);
      here.read(ORDERS, 1, Duration.ofSeconds(40));
      mirror.heardFrom(WEST, Instant.now());
      assertThat(condition(mirror)).isEqualTo(Condition.RUNNING);
      await()
          .atMost(Duration.ofSeconds(15))
          .until(() -> mirror.status().get(gone).condition().state() == FlowState.BLOCKED);
    }
  }

  @Test
  void aMirrorThatIsUpAndMirrorsNothingIsReported() throws Exception {
    // As an operator may have it: valid, and carrying nothing.
    Map<String, String> nothing = Map.of("us-west-2->us-east-1.topics", "nothing");
    assertThat(reasonWhileHeartbeatsAreWritten(nothing))
        .contains("the mirror brings none", "MirrorSourceConnector is RUNNING with 0 tasks");
  }

  @Test
  void aConnectorThatMirrorMakerDoesNotAcceptIsReported() throws Exception {
    Map<String, String> invalid = Map.of("offset-syncs.topic.replication.factor", "1");
    assertThat(reasonWhileHeartbeatsAreWritten(invalid))
        .contains("the mirror brings none", "was not accepted");
  }

  @Test
  void anExternalMirrorIsOnlyWatched() throws Exception {
    MirrorConfig external = new MirrorConfig(MirrorConfig.Mode.EXTERNAL, Map.of());
    try (Mirror mirror = mirror(external);
        KafkaSide there = new KafkaSide(west);
        KafkaSide here = new KafkaSide(east)) {
      await().until(() -> condition(mirror).reason().contains("has no heartbeats in " + STATUS));
      there.createTopic(STATUS, 1);
      there.send(new ProducerRecord<>(STATUS, bytes("x")));
      await().until(() -> condition(mirror).reason().contains("external mirror brings none"));
      // Nothing more is written there: then it is the agent that is silent.
      await()
          .atMost(Duration.ofSeconds(15))
          .until(() -> condition(mirror).reason().contains("no agent has written a heartbeat"));
      mirror.heardFrom(WEST, Instant.now());
      assertThat(condition(mirror)).isEqualTo(Condition.RUNNING);
      assertThat(mirror.status().get(WEST).records()).isEmpty();
      assertThat(here.topics()).doesNotContain(STATUS);
    }
  }

  @Test
  void propertiesThatMirrorMakerRefusesAreAFailure() {
    try (Mirror mirror = mirror(embedded(Map.of("us-east-1.session.timeout.ms", "soon")))) {
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> condition(mirror).state() == FlowState.FAILED);
      assertThat(condition(mirror).reason()).contains("session.timeout.ms");
    }
  }

  @Test
  void aFailureThatNobodyForesawIsShownAndTheMirrorIsStartedAgain() throws Exception {
    MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    ObjectName name =
        new ObjectName(
            "kafka.connect.mirror:type=MirrorSourceConnector,source=us-west-2,target=us-east-1,"
                + "topic=x,partition=0");
    try (Mirror mirror = mirror(embedded(Map.of()));
        KafkaSide here = new KafkaSide(east)) {
      send(0, 1);
      here.read(ORDERS, 1, Duration.ofSeconds(40));
      beans.registerMBean(new UnreadableBean(), name);
      try {
        await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> condition(mirror).reason().contains("ClassCastException"));
        assertThat(condition(mirror).state()).isEqualTo(FlowState.BLOCKED);
        assertThat(condition(mirror).reason()).contains("is started again");
      } finally {
        beans.unregisterMBean(name);
      }
      send(1, 2);
      here.read(ORDERS, 2, Duration.ofSeconds(40));
      assertThat(mirror.status().get(WEST).restarts()).isPositive();
      mirror.heardFrom(WEST, Instant.now());
      assertThat(condition(mirror)).isEqualTo(Condition.RUNNING);
    }
  }

  @Test
  void nothingIsTakenFromAKafkaThatTurnsOutToBeAnotherRegions() throws Exception {
    try (KafkaSide there = new KafkaSide(west)) {
      there.createTopic(TopicNames.IDENTITY, 1);
      there.send(new ProducerRecord<>(TopicNames.IDENTITY, bytes("region"), bytes("eu-west-1")));
    }
    west.stop();
    try (Mirror mirror = mirror(embedded(Map.of()));
        KafkaSide here = new KafkaSide(east)) {
      await()
          .atMost(Duration.ofSeconds(15))
          .until(() -> condition(mirror).reason().contains("does not answer"));
      west.start();
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> condition(mirror).state() == FlowState.FAILED);
      assertThat(condition(mirror).reason())
          .contains(
              "peers.us-west-2.kafka.bootstrap.servers", west.bootstrapServers(), "eu-west-1");
      assertThat(condition(mirror).hint()).contains("correct", TopicNames.IDENTITY);
      assertThat(here.topics()).noneMatch(topic -> topic.startsWith("mm2-"));
    }
  }

  /** Waits until silence is explained, while an agent lives at the peer. */
  private String reasonWhileHeartbeatsAreWritten(Map<String, String> options) throws Exception {
    try (Mirror mirror = mirror(embedded(options));
        KafkaSide there = new KafkaSide(west)) {
      there.createTopic(STATUS, 1);
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> {
                there.send(new ProducerRecord<>(STATUS, bytes("x")));
                return condition(mirror).reason().contains("MirrorSourceConnector");
              });
      assertThat(condition(mirror).state()).isEqualTo(FlowState.BLOCKED);
      assertThat(condition(mirror).hint()).contains("mirror.options");
      return condition(mirror).reason();
    }
  }
}
