package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import io.replicator.deploy.process.ServerProcess;
import io.replicator.deploy.sandbox.CassandraServer;
import io.replicator.deploy.sandbox.CqlClient;
import io.replicator.deploy.sandbox.SandboxStore;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * What a table's road costs: apply beside a bare loop of the driver, latency beside the mirror's
 * own, how much of a flood is readable half a second later, and what the user's writes feel of an
 * agent whose link is cut. What capture costs {@link CaptureBench} tells.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class CassandraBench {
  private static final int ROWS = Integer.getInteger("replicator.bench.rows", 100_000);
  private static final int RATE = 500;

  /** Rows a second of the flood; 0 for half of what a bare loop writes. */
  private static final int FLOOD = Integer.getInteger("replicator.bench.flood", 0);

  private static final int SECONDS = Integer.getInteger("replicator.bench.seconds", 240);
  private static final int CUT_ROUNDS = Integer.getInteger("replicator.bench.rounds", 5);
  private static final int CUT_SECONDS = Integer.getInteger("replicator.bench.cut-seconds", 30);
  private static final int SETTLE_SECONDS = 5;

  /** The node and the writers compile what they do on the core where they do it. */
  private static final int WARM_SECONDS = 60;

  /**
   * The sandbox's little node collects its garbage so often that the pauses are a hundredth of all
   * writes, which is what a p99 would show.
   */
  private static final String NODE = "-Xms2g -Xmx2g -Xmn1g -XX:TieredStopAtLevel=4";

  private static final long SOON_MILLIS = 500;
  private static final Duration PATIENCE = Duration.ofMinutes(20);
  private static final Map<String, CqlSession> SESSIONS = new HashMap<>();
  private static final AtomicLong NEXT = new AtomicLong();
  private static TwoRegions regions;
  private static Rows east;
  private static Rows west;

  @BeforeAll
  static void start() {
    regions =
        TwoRegions.startedAsInProduction(
            TwoRegions.layout(EAST, WEST).withStores(Set.of(SandboxStore.CASSANDRA)),
            region -> region.cassandra().orElseThrow().node().setVariable("_JAVA_OPTIONS", NODE));
    for (String region : List.of(EAST, WEST)) {
      SESSIONS.put(region, CqlClient.open(cassandra(region).port()));
      SESSIONS
          .get(region)
          .execute("CREATE TABLE IF NOT EXISTS shop." + Rows.TABLE + " WITH cdc = true");
    }
    east = new Rows(SESSIONS.get(EAST));
    west = new Rows(SESSIONS.get(WEST));
    long from = rows(ROWS / 5);
    east.write(from, ROWS / 5, 0, row -> {});
    awaitRow(from + ROWS / 5 - 1);
  }

  @AfterAll
  static void stop() {
    SESSIONS.values().forEach(CqlSession::close);
    regions.close();
  }

  private static CassandraServer cassandra(String region) {
    return regions.region(region).cassandra().orElseThrow();
  }

  /** Returns the first of so many numbers that no row has had. */
  private static long rows(long count) {
    return NEXT.getAndAdd(count);
  }

  private static void awaitRow(long row) {
    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(200)).until(() -> isIn(WEST, row));
  }

  private static boolean isIn(String region, long row) {
    return SESSIONS.get(region).execute("SELECT k FROM shop.bench WHERE k = " + row).one() != null;
  }

  @Test
  @Order(1)
  void latencyAtFiveHundredWritesASecondBesideTheMirrors() throws Exception {
    // The beans show the minute before the last full one and since: until then processes get warm.
    long count = (long) RATE * SECONDS;
    long from = rows(count);
    east.write(from, count, RATE, row -> {});
    var flow = regions.flow(WEST, CassandraServer.KEYSPACE, EAST).orElseThrow();
    System.out.printf(
        "BENCH rows end-to-end at %d writes/s: p50 %d ms, p99 %d ms, max %d ms; the mirror alone:"
            + " %s%n",
        RATE,
        flow.number("LatencyP50Millis"),
        flow.number("LatencyP99Millis"),
        flow.number("LatencyMaxMillis"),
        mirrorLatency());
    awaitRow(from + count - 1);
  }

  @SuppressWarnings("BanJNDI") // the address is our own agent's
  private static String mirrorLatency() throws IOException, JMException {
    double average = 0;
    double most = 0;
    try (JMXConnector connector =
        JMXConnectorFactory.connect(new JMXServiceURL(regions.region(WEST).agent().jmxUrl()))) {
      MBeanServerConnection server = connector.getMBeanServerConnection();
      Set<ObjectName> partitions =
          server.queryNames(
              new ObjectName(
                  "kafka.connect.mirror:type=MirrorSourceConnector,topic=replicator."
                      + EAST
                      + ".cassandra.shop,*"),
              null);
      for (ObjectName partition : partitions) {
        average += (double) server.getAttribute(partition, "replication-latency-ms-avg");
        most =
            Math.max(most, (double) server.getAttribute(partition, "replication-latency-ms-max"));
      }
      return String.format(
          "mean %.0f ms, max %.0f ms in %d partitions",
          average / partitions.size(), most, partitions.size());
    }
  }

  @Test
  @Order(2)
  @SuppressWarnings("FutureReturnValueIgnored") // what comes of each read is counted
  void shareOfAFloodThatIsReadableHalfASecondLater() {
    double bare = east.fast(rows(ROWS / 5), ROWS / 5);
    awaitRow(NEXT.get() - 1);
    CqlSession reader = SESSIONS.get(WEST);
    PreparedStatement select = reader.prepare("SELECT k FROM shop.bench WHERE k = ?");
    AtomicLong asked = new AtomicLong();
    AtomicLong found = new AtomicLong();
    ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();
    long from = rows(ROWS);
    long begin = System.nanoTime();
    east.write(
        from,
        ROWS,
        FLOOD > 0 ? FLOOD : bare / 2,
        row ->
            later.schedule(
                () ->
                    reader
                        .executeAsync(select.bind(row))
                        .whenComplete(
                            (page, failure) -> {
                              if (failure == null && page.one() != null) {
                                found.incrementAndGet();
                              }
                              asked.incrementAndGet();
                            }),
                SOON_MILLIS,
                TimeUnit.MILLISECONDS));
    double rate = ROWS * 1e9 / (System.nanoTime() - begin);
    await().atMost(PATIENCE).until(() -> asked.get() == ROWS);
    later.shutdown();
    awaitRow(from + ROWS - 1);
    System.out.printf(
        "BENCH %d rows at %.0f/s (bare loop %.0f/s): %.3f %% readable after %d ms%n",
        ROWS, rate, bare, 100.0 * found.get() / ROWS, SOON_MILLIS);
  }

  @Test
  @Order(3)
  void applyBesideABareLoopOfTheDriver() throws Exception {
    regions.invoke(WEST, "cassandra", CassandraServer.KEYSPACE, EAST, "pause");
    long before = applied();
    east.write(rows(ROWS), ROWS, 0, row -> {});
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                regions
                    .flow(WEST, CassandraServer.KEYSPACE, EAST)
                    .map(flow -> flow.number("PendingChanges") >= ROWS)
                    .orElse(false));
    long begin = System.nanoTime();
    regions.invoke(WEST, "cassandra", CassandraServer.KEYSPACE, EAST, "resume");
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> applied() - before >= ROWS);
    double ours = ROWS * 1e9 / (System.nanoTime() - begin);
    // The same kind of rows, by the same driver, with nothing in between; nobody captures them.
    cassandra(WEST).capture().stop();
    double bare = west.fast(rows(ROWS), ROWS);
    cassandra(WEST).capture().start();
    cassandra(WEST).capture().awaitReady(Duration.ofSeconds(90));
    System.out.printf(
        "BENCH apply: %.0f mutations/s, bare driver loop with USING TIMESTAMP %.0f/s, ratio %.2f%n",
        ours, bare, ours / bare);
  }

  private static long applied() {
    return regions
        .flow(WEST, CassandraServer.KEYSPACE, EAST)
        .map(flow -> flow.number("Applied") + flow.number("Duplicates"))
        .orElse(0L);
  }

  /**
   * Hosts have processors of their own, and two cores do not: the node and its writers get one, all
   * else the other, in both halves of a round. Without agent means that its processes are stopped
   * as they are: to start them again costs a machine this small more than what is measured.
   */
  @Test
  @Order(4)
  void theUsersWritesFeelNothingOfACutLink() throws Exception {
    List<ServerProcess> ours =
        List.of(cassandra(EAST).capture(), regions.region(EAST).agent().process());
    List<Double> cut = new ArrayList<>();
    List<Double> alone = new ArrayList<>();
    String cores = apart() ? "on a core of its own" : "on shared cores (taskset is not there)";
    long warm = (long) RATE * WARM_SECONDS;
    east.write(rows(warm), warm, RATE, row -> {});
    for (int round = 0; round < CUT_ROUNDS; round++) {
      regions.cut();
      boolean first = round % 2 == 0;
      double early = first ? p99() : p99Without(ours);
      double late = first ? p99Without(ours) : p99();
      double with = first ? early : late;
      double without = first ? late : early;
      regions.heal();
      awaitRow(NEXT.get() - 1);
      cut.add(with);
      alone.add(without);
      System.out.printf(
          "BENCH round %d: p99 of local writes at %d/s %.2f ms with the link cut, %.2f ms without"
              + " agent, the node %s%n",
          round, RATE, with, without, cores);
    }
    System.out.printf(
        "BENCH local write p99, medians of %d: %.2f ms with the link cut, %.2f ms without agent,"
            + " ratio %.2f%n",
        CUT_ROUNDS, median(cut), median(alone), median(cut) / median(alone));
  }

  private static double p99Without(List<ServerProcess> ours) throws Exception {
    for (ServerProcess process : ours) {
      signal("STOP", process);
    }
    try {
      return p99();
    } finally {
      for (ServerProcess process : ours) {
        signal("CONT", process);
      }
    }
  }

  private static void signal(String name, ServerProcess process) throws Exception {
    long pid = process.pid();
    if (pid < 0
        || new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor() != 0) {
      throw new IllegalStateException("cannot send " + name + " to " + process.name());
    }
  }

  private static double median(List<Double> figures) {
    return figures.stream().sorted().skip(figures.size() / 2).findFirst().orElseThrow();
  }

  /** Gives the east's node and this process the first core, all else the second; false if not. */
  private static boolean apart() throws InterruptedException {
    List<Long> first = List.of(cassandra(EAST).node().pid(), ProcessHandle.current().pid());
    int failed = 0;
    for (ProcessHandle one :
        Stream.concat(Stream.of(ProcessHandle.current()), ProcessHandle.current().descendants())
            .toList()) {
      if (!pin(first.contains(one.pid()) ? 0 : 1, one.pid()) && one.isAlive()) {
        failed++;
      }
    }
    return failed == 0;
  }

  /** Pins all threads of a process; again where one of them ended just then. */
  private static boolean pin(int core, long pid) throws InterruptedException {
    for (int attempt = 0; attempt < 5; attempt++) {
      try {
        if (new ProcessBuilder("taskset", "-a", "-c", "-p", "" + core, "" + pid)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor()
            == 0) {
          return true;
        }
      } catch (IOException e) {
        return false;
      }
    }
    return false;
  }

  /**
   * Measures after some seconds of the same: a process that has just been started is done with it.
   */
  private static double p99() {
    long before = (long) RATE * SETTLE_SECONDS;
    east.write(rows(before), before, RATE, row -> {});
    long count = (long) RATE * CUT_SECONDS;
    return Rows.millisAt(east.write(rows(count), count, RATE, row -> {}), 0.99);
  }
}
