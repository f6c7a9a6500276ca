package io.replicator.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.replicator.config.AgentConfig;
import io.replicator.fixture.FakeSource;
import io.replicator.fixture.KafkaBroker;
import io.replicator.jmx.FlowBean;
import io.replicator.kafka.KafkaClients;
import io.replicator.kafka.TopicNames;
import io.replicator.kafka.Topics;
import io.replicator.model.Change;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import io.replicator.wire.Stamp;
import io.replicator.wire.WireFormat;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.RuntimeMBeanException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent on a real broker, with stores in memory, whose file changes while it runs. */
class ReloadTest {
  private static final Region EAST = new Region("us-east-1");
  private static final Region WEST = new Region("us-west-2");
  private static final String AGENT = "replicator:type=Agent";
  private static final int PARTITIONS = 2;
  private static KafkaBroker east;
  private static KafkaBroker west;
  private static KafkaClients kafka;
  private static Admin admin;
  private static Producer<byte[], byte[]> producer;
  private static int runs;

  @TempDir Path folder;
  private final MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
  private final FakeStores stores = new FakeStores();
  private final String incarnation = Stamp.newIncarnation(Instant.now(), Stamp.newCapture());
  private final Map<String, Long> numbers = new TreeMap<>();

  /** Resources bear the run's number, so that each test has topics and groups of its own. */
  private final String run = "-" + ++runs;

  private Agent agent;

  @BeforeAll
  static void startBrokers() {
    east = KafkaBroker.started();
    west = KafkaBroker.started();
    kafka = new KafkaClients(Map.of("bootstrap.servers", east.bootstrapServers()), "test");
    admin = kafka.admin();
    producer = kafka.producer("test");
  }

  @AfterAll
  static void stopBrokers() {
    producer.close(Duration.ZERO);
    admin.close(Duration.ZERO);
    east.close();
    west.close();
  }

  @BeforeEach
  void startAgent() throws Exception {
    write(file("one", resource("orders", "t1"), resource("bills", "t2"), resource("mails", "t3")));
    agent = Agent.start(read(), this::read);
    for (String name : List.of("orders", "bills", "mails")) {
      awaitWorking(name);
    }
  }

  @AfterEach
  void stopAgent() {
    agent.close();
    stores.close();
  }

  @Test
  void flowsComeChangeAndGoAndTheOthersAreLeftAlone() throws Exception {
    String ordersMember = member("orders");
    String billsMember = member("bills");
    apply("bills", 0, 200);
    await().until(() -> stores.target("t2" + run).ids().size() == 200);
    stores
        .sources("orders" + run)
        .get(0)
        .offer(FakeSource.change("kept", "k"))
        .get(10, TimeUnit.SECONDS);
    Map<String, Long> threads = threads();

    write(file("one", resource("orders", "t1"), resource("bills", "t4"), resource("notes", "t5")));
    Instant begin = Instant.now();
    assertThat(reload())
        .isEqualTo(
            "added fake/notes%s; changed fake/bills%s; removed fake/mails%s; 1 as before"
                .formatted(run, run, run));

    // Added: it captures and applies.
    awaitWorking("notes");
    assertThat(Duration.between(begin, Instant.now())).isLessThan(Duration.ofSeconds(10));
    // Changed: what comes goes to the new target, and nothing that was there comes again.
    apply("bills", 200, 300);
    awaitIds("t4", ids(200, 300));
    assertThat(stores.target("t2" + run).ids()).hasSize(200);
    assertThat(member("bills")).isNotEqualTo(billsMember);
    assertThat(stores.sources("bills" + run).get(0).closed()).isTrue();
    // Removed: nothing is left but what others may still write.
    assertGone("mails");
    // Left alone: the same member of the group, source, counts.
    assertThat(member("orders")).isEqualTo(ordersMember);
    assertThat(stores.sources("orders" + run)).singleElement().matches(source -> !source.closed());
    assertThat(attribute("orders", EAST, "Captured")).isEqualTo(2L);
    assertThat(stores.closed).as("orders still uses the first reading").isEmpty();

    // With the last resource of a reading goes its store; as many threads as before remain.
    write(file("two", resource("orders", "t1"), resource("bills", "t4"), resource("news", "t5")));
    assertThat(reload()).contains("added fake/news", "changed fake/bills", "removed fake/notes");
    awaitWorking("news");
    awaitWorking("orders");
    assertThat(stores.closed).containsExactlyInAnyOrder("one", "one");
    assertGone("notes");
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(threads()).isEqualTo(threads));
    assertThat(beans.getAttribute(new ObjectName(AGENT), "FailedReloads")).isEqualTo(0L);
  }

  @Test
  void aPausedFlowStaysPausedThoughItsSettingsChange() throws Exception {
    ObjectName bills = new ObjectName(FlowBean.objectName(flow("bills", WEST)));
    beans.invoke(bills, "pause", new Object[0], new String[0]);
    await().until(() -> beans.getAttribute(bills, "State").equals("PAUSED"));
    write(file("one", resource("orders", "t1"), resource("bills", "t4"), resource("mails", "t3")));
    reload();
    apply("bills", 0, 10);
    assertThat(beans.getAttribute(bills, "State")).isEqualTo("PAUSED");
    apply("mails", 0, 10);
    awaitIds("t3", ids(0, 10));
    assertThat(stores.target("t4" + run).ids()).isEmpty();
    beans.invoke(bills, "resume", new Object[0], new String[0]);
    awaitIds("t4", ids(0, 10));
  }

  @Test
  void whatCannotBeUsedChangesNothingAndSaysEverythingThatIsWrong() throws Exception {
    Set<ObjectName> before = beans.queryNames(new ObjectName("replicator:*"), null);
    String good = file("one", resource("orders", "t1"), resource("bills", "t9"));

    assertRefused(
        good.replace("target: t9", "traget: t9").replace("region: us-east-1", "region: East"),
        "agent.yaml cannot be used",
        "traget: is not a known key; did you mean 'target'?",
        "region: 'East'");
    assertRefused(
        good.replace("retention: 14d", "retention: 7d").replace("mirror: external", "format: 1"),
        "topics, mirror",
        "restart the agents");
    new Topics(admin, 1, 1, Duration.ofDays(14))
        .ensureMirrored(TopicNames.changes(flow("odd", WEST)), 5, "");
    assertRefused(
        file("one", resource("bills", "t9"), resource("odd", "t9")),
        "has 5 partitions, not 2",
        "set stores.fake.resources.odd" + run + ".partitions to 5");
    Files.delete(folder.resolve("agent.yaml"));
    assertRefused(null, "there is no such file");

    assertThat(beans.queryNames(new ObjectName("replicator:*"), null)).isEqualTo(before);
    for (String name : List.of("orders", "bills", "mails")) {
      assertThat(stores.sources(name + run)).singleElement().matches(source -> !source.closed());
    }
    apply("bills", 0, 10);
    awaitIds("t2", ids(0, 10));
    assertThat(stores.target("t9" + run).ids()).isEmpty();
    // Each reading's store was closed, and none of those in use.
    assertThat(stores.closed).containsExactly("one", "one", "one");
    assertThat(beans.getAttribute(new ObjectName(AGENT), "FailedReloads")).isEqualTo(4L);
  }

  private void assertRefused(String text, String... said) throws Exception {
    if (text != null) {
      write(text);
    }
    RuntimeMBeanException thrown = catchThrowableOfType(RuntimeMBeanException.class, this::reload);
    // A client without our classes must be able to read it.
    assertThat(thrown.getCause()).isExactlyInstanceOf(IllegalStateException.class).hasNoCause();
    assertThat(thrown.getCause().getMessage()).startsWith("nothing was changed: ").contains(said);
    assertThat(beans.getAttribute(new ObjectName(AGENT), "LastReload"))
        .isEqualTo(thrown.getCause().getMessage());
    assertThat((String) beans.getAttribute(new ObjectName(AGENT), "LastReloadTime")).endsWith("Z");
  }

  /** Waits until a resource captures what is written here and applies what is written there. */
  private void awaitWorking(String name) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              assertThat(attribute(name, EAST, "State")).isEqualTo("RUNNING");
              assertThat(members(name)).hasSize(1);
              assertThat(members(name).get(0).assignment().topicPartitions()).hasSize(PARTITIONS);
            });
    List<FakeSource> sources = stores.sources(name + run);
    CompletableFuture<Void> durable =
        sources.get(sources.size() - 1).offer(FakeSource.change("first-" + sources.size(), "k"));
    await().until(durable::isDone);
    assertThat(durable).isCompleted();
  }

  private void assertGone(String name) throws Exception {
    assertThat(beans.queryNames(new ObjectName("replicator:*,resource=" + name + run), null))
        .isEmpty();
    assertThat(members(name)).isEmpty();
    assertThat(stores.sources(name + run)).allMatch(FakeSource::closed);
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(thread -> thread.contains(name + run));
  }

  private List<MemberDescription> members(String name) throws Exception {
    String group = TopicNames.applyGroup(EAST, flow(name, WEST));
    try {
      return List.copyOf(
          admin
              .describeConsumerGroups(List.of(group))
              .describedGroups()
              .get(group)
              .get()
              .members());
    } catch (ExecutionException e) {
      assertThat(e.getCause()).isInstanceOf(GroupIdNotFoundException.class);
      return List.of();
    }
  }

  private String member(String name) throws Exception {
    assertThat(members(name)).hasSize(1);
    return members(name).get(0).consumerId();
  }

  /** Returns how many threads of each kind serve flows. */
  private Map<String, Long> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.matches("(apply-|closing|reload|apart|kafka-prod|consumer_back).*"))
        .map(name -> name.replaceAll("[ /-].*", ""))
        .collect(Collectors.groupingBy(name -> name, TreeMap::new, Collectors.counting()));
  }

  /** Writes changes to the west's topic as a capture there would, each with a key of its own. */
  @SuppressWarnings("FutureReturnValueIgnored") // flushed
  private void apply(String name, int from, int to) {
    Flow flow = flow(name, WEST);
    for (int i = from; i < to; i++) {
      Change change = FakeSource.change("id-" + i, "k" + i);
      int partition = i % PARTITIONS;
      long number = numbers.merge(flow + "-" + partition, 1L, Long::sum);
      producer.send(
          new ProducerRecord<>(
              TopicNames.changes(flow),
              partition,
              null,
              change.key().getBytes(UTF_8),
              change.payload(),
              WireFormat.encode(flow, change, new Stamp(incarnation, number))));
    }
    producer.flush();
  }

  private void awaitIds(String target, Set<String> ids) {
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> stores.target(target + run).ids().size() >= ids.size());
    List<String> found = stores.target(target + run).ids();
    assertThat(found).doesNotHaveDuplicates();
    assertThat(new TreeSet<>(found)).isEqualTo(new TreeSet<>(ids));
  }

  private static Set<String> ids(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "id-" + i).collect(Collectors.toSet());
  }

  private Object attribute(String name, Region origin, String attribute) throws Exception {
    return beans.getAttribute(new ObjectName(FlowBean.objectName(flow(name, origin))), attribute);
  }

  private String reload() throws Exception {
    return (String) beans.invoke(new ObjectName(AGENT), "reload", new Object[0], new String[0]);
  }

  private Flow flow(String name, Region origin) {
    return Flow.parse("fake/" + name + run + "@" + origin);
  }

  private void write(String text) throws Exception {
    Files.writeString(folder.resolve("agent.yaml"), text);
  }

  private AgentConfig read() {
    return AgentConfig.read(folder.resolve("agent.yaml"), List.of(stores));
  }

  private String resource(String name, String target) {
    return "      %s%s: {target: %s%s}\n".formatted(name, run, target, run);
  }

  private String file(String endpoint, String... resources) {
    return """
    region: us-east-1
    kafka: {bootstrap.servers: "%s"}
    peers:
      us-west-2: {kafka: {bootstrap.servers: "%s"}}
    topics: {partitions: %d, replication-factor: 1, retention: 14d}
    mirror: external
    stores:
      fake:
        endpoint: %s
        resources:
    """
            .formatted(east.bootstrapServers(), west.bootstrapServers(), PARTITIONS, endpoint)
        + String.join("", resources);
  }
}
