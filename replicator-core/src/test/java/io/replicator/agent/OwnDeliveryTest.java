package io.replicator.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.replicator.config.AgentConfig;
import io.replicator.config.JmxConfig;
import io.replicator.config.KafkaConfig;
import io.replicator.config.MirrorConfig;
import io.replicator.config.PeerConfig;
import io.replicator.config.ResourceConfig;
import io.replicator.config.StoreConfig;
import io.replicator.config.StoreDefinition;
import io.replicator.config.TopicConfig;
import io.replicator.fixture.FakeSource;
import io.replicator.fixture.FakeTarget;
import io.replicator.fixture.KafkaBroker;
import io.replicator.fixture.SilentServer;
import io.replicator.jmx.FlowBean;
import io.replicator.jmx.FlowMXBean;
import io.replicator.model.Change;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.spi.ReplicationException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import javax.management.JMX;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A region that applies its own changes: a whole agent on a real broker, with all peers away. */
class OwnDeliveryTest {
  private static final Region HERE = new Region("us-east-1");
  private static final Region THERE = new Region("us-west-2");
  private static final Duration SOON = Duration.ofSeconds(30);
  private static KafkaBroker kafka;

  @BeforeAll
  static void start() {
    kafka = KafkaBroker.started();
  }

  @AfterAll
  static void stop() {
    kafka.close();
  }

  @Test
  void ownChangesAreAppliedHereOnceInOrderAndWithoutLagWhileAllPeersAreAway() throws Exception {
    FakeSource source = new FakeSource();
    try (SilentServer away = new SilentServer();
        FakeTarget target = new FakeTarget(false)) {
      OwnEnds ends = new OwnEnds(source, target);
      target.delays(1, 5);
      try (Agent agent = agent("everywhere", ends, List.of(HERE, THERE), Map.of(THERE, away))) {
        assertThat(agent).isNotNull();
        offer(source, 0, 300);
        await().atMost(SOON).untilAsserted(() -> assertThat(target.ids()).hasSize(300));
        source.deliveredUpTo(Instant.now());
        FlowMXBean bean = bean("everywhere");
        await()
            .atMost(SOON)
            .untilAsserted(
                () -> {
                  source.deliveredUpTo(Instant.now());
                  assertThat(bean.getRole()).isEqualTo("CAPTURE+APPLY");
                  assertThat(bean.getState()).isEqualTo("RUNNING");
                  assertThat(bean.getCaptured()).isEqualTo(300);
                  assertThat(bean.getApplied()).isEqualTo(300);
                  assertThat(bean.getLagMillis()).isBetween(0L, 3_000L);
                  assertThat(bean.getPendingChanges()).isZero();
                });
      }
      // Not again by another life of the agent.
      try (Agent agent = agent("everywhere", ends, List.of(HERE, THERE), Map.of())) {
        assertThat(agent).isNotNull();
        offer(source, 300, 301);
        await().atMost(SOON).until(() -> target.ids().contains(id(300)));
      }
      assertThat(target.ids()).doesNotHaveDuplicates().hasSize(301);
      for (int key = 0; key < 10; key++) {
        String name = "key-" + key;
        List<String> ids =
            target.applied().stream()
                .filter(change -> change.key().equals(name))
                .map(Change::id)
                .toList();
        assertThat(ids).hasSizeGreaterThanOrEqualTo(30).isSorted();
      }
    }
  }

  @Test
  void aPauseStopsBothEndsAndLosesNothing() throws Exception {
    FakeSource source = new FakeSource();
    try (FakeTarget target = new FakeTarget(false);
        Agent agent = agent("paused", new OwnEnds(source, target), List.of(HERE), Map.of())) {
      assertThat(agent).isNotNull();
      offer(source, 0, 10);
      await().atMost(SOON).untilAsserted(() -> assertThat(target.ids()).hasSize(10));
      FlowMXBean bean = bean("paused");
      bean.pause();
      await().atMost(SOON).until(() -> bean.getState().equals("PAUSED"));
      CompletableFuture<Void> ready = source.ready();
      // What had been read before the pause still becomes durable, and waits here.
      offer(source, 10, 20);
      await()
          .during(Duration.ofSeconds(2))
          .atMost(SOON)
          .untilAsserted(() -> assertThat(target.ids()).hasSize(10));
      assertThat(ready).isNotDone();
      bean.resume();
      await().atMost(SOON).untilAsserted(() -> assertThat(target.ids()).hasSize(20));
      await().atMost(SOON).until(ready::isDone);
    }
  }

  @Test
  void aThrottleIsChangedAtRunTimeAndSurvivesARestart() throws Exception {
    FakeSource source = new FakeSource();
    try (FakeTarget target = new FakeTarget(false)) {
      OwnEnds ends = new OwnEnds(source, target);
      try (Agent agent = agent("throttled", ends, List.of(HERE), Map.of())) {
        assertThat(agent).isNotNull();
        bean("throttled").throttle(2, 1_000_000);
        await().atMost(SOON).until(() -> bean("throttled").getApplyRate() == 2);
      }
      try (Agent agent = agent("throttled", ends, List.of(HERE), Map.of())) {
        assertThat(agent).isNotNull();
        FlowMXBean bean = bean("throttled");
        await().atMost(SOON).until(() -> bean.getApplyRate() == 2);
        assertThat(bean.getApplyBytesRate()).isEqualTo(1_000_000);
        offer(source, 0, 100);
        await().atMost(SOON).until(() -> target.ids().size() >= 5);
        assertThat(target.ids()).hasSizeLessThan(90);
        bean.unthrottle();
        await().atMost(SOON).untilAsserted(() -> assertThat(target.ids()).hasSize(100));
        assertThat(bean.getApplyRate()).isEqualTo(-1);
      }
    }
  }

  @Test
  void whatWasCapturedOtherwiseIsNeitherDeliveredASecondTimeNorForgotten() throws Exception {
    FakeSource source = new FakeSource();
    try (FakeTarget target = new FakeTarget(false)) {
      OwnEnds ends = new OwnEnds(source, target);
      agent("elsewhere", ends, List.of(THERE), Map.of()).close();
      assertThatThrownBy(() -> agent("elsewhere", ends, List.of(HERE, THERE), Map.of()))
          .isInstanceOf(ReplicationException.class)
          .hasMessageContaining("stores.fake.resources.elsewhere")
          .hasMessageContaining("a second time");
      agent("elsewhere", ends, List.of(THERE), Map.of()).close();

      agent("here", ends, List.of(HERE, THERE), Map.of()).close();
      assertThatThrownBy(() -> agent("here", ends, List.of(THERE), Map.of()))
          .isInstanceOf(ReplicationException.class)
          .hasMessageContaining("stores.fake.resources.here")
          .hasMessageContaining("never arrive here");
    }
  }

  private static Agent agent(
      String name, OwnEnds ends, List<Region> from, Map<Region, SilentServer> peers)
      throws InterruptedException {
    TreeMap<Region, PeerConfig> others = new TreeMap<>();
    peers.forEach((region, server) -> others.put(region, new PeerConfig(region, at(server))));
    ResourceConfig resource =
        new ResourceConfig(new Resource("fake", name), ends, 3, OptionalLong.empty(), from, true);
    AgentConfig config =
        new AgentConfig(
            HERE,
            1,
            new KafkaConfig(Map.of("bootstrap.servers", kafka.bootstrapServers())),
            others,
            new TopicConfig(3, (short) 1, 1, Duration.ofDays(1)),
            JmxConfig.NONE,
            MirrorConfig.DEFAULT,
            List.of(new StoreConfig("fake", ends, List.of(resource), StoreDefinition.NONE)));
    return Agent.start(config, () -> config);
  }

  private static KafkaConfig at(SilentServer server) {
    return new KafkaConfig(Map.of("bootstrap.servers", server.address()));
  }

  private static void offer(FakeSource source, int from, int to) {
    IntStream.range(from, to)
        .mapToObj(number -> source.offer(FakeSource.change(id(number), "key-" + number % 10)))
        .toList()
        .forEach(CompletableFuture::join);
  }

  private static String id(int number) {
    return String.format("id-%04d", number);
  }

  private static FlowMXBean bean(String resource) throws MalformedObjectNameException {
    Flow flow = new Flow(new Resource("fake", resource), HERE);
    return JMX.newMXBeanProxy(
        ManagementFactory.getPlatformMBeanServer(),
        new ObjectName(FlowBean.objectName(flow)),
        FlowMXBean.class);
  }
}
