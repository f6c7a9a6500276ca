package io.replicator.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.config.AgentConfig;
import io.replicator.config.JmxConfig;
import io.replicator.config.KafkaConfig;
import io.replicator.config.MirrorConfig;
import io.replicator.config.ResourceConfig;
import io.replicator.config.StoreConfig;
import io.replicator.config.StoreDefinition;
import io.replicator.config.TopicConfig;
import io.replicator.fixture.FakeSource;
import io.replicator.fixture.FakeTarget;
import io.replicator.fixture.KafkaBroker;
import io.replicator.jmx.FlowBean;
import io.replicator.jmx.FlowMXBean;
import io.replicator.jmx.TargetBean;
import io.replicator.jmx.TargetMXBean;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import io.replicator.model.Resource;
import io.replicator.spi.Applier;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import javax.management.JMX;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A whole agent of which one target fails: what its breaker does, and what the others feel. */
class BreakerFlowTest {
  private static final Region HERE = new Region("us-east-1");
  private static final Duration SOON = Duration.ofSeconds(30);

  private final FakeSource sickSource = new FakeSource();
  private final FakeSource soundSource = new FakeSource();
  private final FakeTarget sick = new FakeTarget(false);
  private final FakeTarget sound = new FakeTarget(false);
  private final List<Object> told = new CopyOnWriteArrayList<>();
  private final List<Object> flowTold = new CopyOnWriteArrayList<>();
  private KafkaBroker kafka;
  private Agent agent;

  @BeforeEach
  void start() throws Exception {
    kafka = KafkaBroker.started();
    OwnEnds sickEnds = new OwnEnds(sickSource, sick);
    List<ResourceConfig> resources =
        List.of(resource("sick", sickEnds), resource("sound", new OwnEnds(soundSource, sound)));
    AgentConfig config =
        new AgentConfig(
            HERE,
            1,
            new KafkaConfig(Map.of("bootstrap.servers", kafka.bootstrapServers())),
            new TreeMap<>(),
            new TopicConfig(3, (short) 1, 1, Duration.ofDays(1)),
            JmxConfig.NONE,
            MirrorConfig.DEFAULT,
            List.of(new StoreConfig("fake", sickEnds, resources, StoreDefinition.NONE)));
    agent = Agent.start(config, () -> config);
    Resource resource = new Resource("fake", "sick");
    listen(TargetBean.objectName(resource, Optional.empty()), told);
    listen(FlowBean.objectName(new Flow(resource, HERE)), flowTold);
  }

  private static void listen(String bean, List<Object> told) throws Exception {
    ManagementFactory.getPlatformMBeanServer()
        .addNotificationListener(
            new ObjectName(bean),
            (notification, handback) -> told.add(notification.getUserData()),
            null,
            null);
  }

  @AfterEach
  void stop() {
    agent.close();
    kafka.close();
    sick.close();
    sound.close();
  }

  private static ResourceConfig resource(String name, OwnEnds ends) {
    return new ResourceConfig(
        new Resource("fake", name), ends, 3, OptionalLong.empty(), List.of(HERE), true);
  }

  @Test
  void aTargetThatHangsIsLeftAloneWhileOthersGoOnAndItsBacklogDrainsOnceItIsBack()
      throws Exception {
    CompletableFuture<Applier.Outcome> never = new CompletableFuture<>();
    sick.conduct(change -> never);
    offer(sickSource, 0, 50);
    TargetMXBean target = target("sick");
    await().atMost(SOON).until(() -> target.getState().equals("OPEN"));
    await().atMost(SOON).until(() -> target.getInFlight() == 10); // one for each key
    int reached = sick.attempts();

    offer(soundSource, 0, 200);
    await().atMost(SOON).untilAsserted(() -> assertThat(sound.ids()).hasSize(200));
    assertThat(target("sound").getState()).isEqualTo("CLOSED");

    // The store drops what hung, and answers again.
    sick.conduct(FakeTarget::done);
    never.completeExceptionally(failure());
    await().atMost(SOON).untilAsserted(() -> assertThat(sick.ids()).hasSize(50));
    assertThat(sick.ids()).doesNotHaveDuplicates();
    assertThat(sick.attempts()).isGreaterThan(reached);
    await().atMost(SOON).until(() -> flow("sick").getState().equals("RUNNING"));
    assertThat(told).startsWith("OPEN").endsWith("CLOSED");
    assertThat(flowTold).contains("OPEN").endsWith("RUNNING");
  }

  @Test
  void whileItIsOpenTheFlowSaysSoAndTheTargetIsAskedForProbesAlone() throws Exception {
    sick.conduct(change -> CompletableFuture.failedFuture(failure()));
    offer(sickSource, 0, 50);
    FlowMXBean flow = flow("sick");
    await().atMost(SOON).until(() -> flow.getState().equals("OPEN"));
    assertThat(flow.getReason()).contains("fake/sick").contains("503 of the store");
    assertThat(flow.getHint()).contains("look at the store");
    int reached = sick.attempts();
    await().during(Duration.ofSeconds(5)).atMost(SOON).until(() -> flow.getState().equals("OPEN"));
    assertThat(sick.attempts() - reached).isBetween(1, 4);
    assertThat(flow.getDeadLettered()).isZero();

    sick.conduct(FakeTarget::done);
    await().atMost(SOON).untilAsserted(() -> assertThat(sick.ids()).hasSize(50));
  }

  @Test
  void anOperatorsOrderStopsAFlowAndItsEndLetsItGoOn() throws Exception {
    target("sick").forceOpen();
    offer(sickSource, 0, 20);
    await().atMost(SOON).until(() -> flow("sick").getState().equals("OPEN"));
    assertThat(flow("sick").getHint()).contains("automatic");
    assertThat(sick.attempts()).isZero();
    assertThat(target("sick").getState()).isEqualTo("FORCED_OPEN");
    assertThat(target("sick").getShortCircuited()).isPositive();

    target("sick").automatic();
    await().atMost(SOON).untilAsserted(() -> assertThat(sick.ids()).hasSize(20));
  }

  private static ReplicationException failure() {
    return new ReplicationException(Kind.TRANSIENT, "503 of the store", "look at the store", null);
  }

  private static void offer(FakeSource source, int from, int to)
      throws InterruptedException, ExecutionException {
    List<CompletableFuture<Void>> offered =
        IntStream.range(from, to)
            .mapToObj(
                number ->
                    source.offer(
                        FakeSource.change(String.format("id-%04d", number), "key-" + number % 10)))
            .toList();
    for (CompletableFuture<Void> one : offered) {
      one.get();
    }
  }

  private static FlowMXBean flow(String resource) throws Exception {
    Flow flow = new Flow(new Resource("fake", resource), HERE);
    return JMX.newMXBeanProxy(
        ManagementFactory.getPlatformMBeanServer(),
        new ObjectName(FlowBean.objectName(flow)),
        FlowMXBean.class);
  }

  private static TargetMXBean target(String resource) throws Exception {
    return JMX.newMXBeanProxy(
        ManagementFactory.getPlatformMBeanServer(),
        new ObjectName(TargetBean.objectName(new Resource("fake", resource), Optional.empty())),
        TargetMXBean.class);
  }
}
