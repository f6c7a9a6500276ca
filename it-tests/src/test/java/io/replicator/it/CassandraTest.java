package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import io.replicator.cassandra.Comparison;
import io.replicator.cassandra.RandomCql;
import io.replicator.deploy.sandbox.CassandraServer;
import io.replicator.deploy.sandbox.CqlClient;
import io.replicator.deploy.sandbox.SandboxStore;
import io.replicator.deploy.status.AgentConnection;
import io.replicator.deploy.status.AgentStatus;
import io.replicator.deploy.status.Bean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Cassandra tables between two regions of real processes. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class CassandraTest {
  private static final int ROWS = 1_000;
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Map<String, CqlSession> SESSIONS = new HashMap<>();
  private static TwoRegions regions;

  @TempDir static Path folder;

  @BeforeAll
  static void start() {
    regions = started(SESSIONS);
  }

  /** Starts two regions that have the tables of {@link RandomCql}, and a session with each. */
  static TwoRegions started(Map<String, CqlSession> sessions) {
    TwoRegions regions =
        TwoRegions.started(
            TwoRegions.layout(EAST, WEST).withStores(Set.of(SandboxStore.CASSANDRA)));
    for (String region : List.of(EAST, WEST)) {
      CqlSession session = CqlClient.open(regions.region(region).cassandra().orElseThrow().port());
      sessions.put(region, session);
      RandomCql.SCHEMA.forEach(session::execute);
    }
    return regions;
  }

  @AfterAll
  static void stop() {
    SESSIONS.values().forEach(CqlSession::close);
    regions.close();
  }

  private static CassandraServer cassandra(String region) {
    return regions.region(region).cassandra().orElseThrow();
  }

  private static void awaitEqual(List<RandomCql.Compared> tables) {
    Comparison.awaitEqual(SESSIONS.get(EAST), SESSIONS.get(WEST), tables, PATIENCE);
  }

  @Test
  @Order(1)
  void aRowCrossesWithItsTimes() {
    SESSIONS
        .get(EAST)
        .execute(
            "INSERT INTO shop.orders (customer, id, item) VALUES ('ann', 1, 'tea') USING TTL 5000");
    await()
        .atMost(PATIENCE)
        .until(() -> SESSIONS.get(WEST).execute("SELECT item FROM shop.orders").one() != null);
    awaitEqual(
        List.of(new RandomCql.Compared("shop.orders", "customer, id", List.of("item", "tags"))));
  }

  @Test
  @Order(2)
  void aSecondCaptureOfANodeRefusesToStart() throws Exception {
    List<String> command = new ArrayList<>(cassandra(EAST).capture().command());
    command.removeIf(word -> word.startsWith("-Dreplicator.state-file="));
    command.set(command.size() - 1, "0");
    Process second =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.PIPE)
            .start();
    String output = new String(second.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(second.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(second.exitValue()).as(output).isEqualTo(1);
    assertThat(output).contains("another process captures the Cassandra node");
  }

  @Test
  @Order(3)
  void aMissingTableIsWaitedForAndNamed() {
    SESSIONS
        .get(EAST)
        .execute("CREATE TABLE shop.late (k int PRIMARY KEY, v text) WITH cdc = true");
    SESSIONS.get(EAST).execute("INSERT INTO shop.late (k, v) VALUES (1, 'one')");
    Bean flow =
        regions.awaitFlow(
            WEST, "shop", EAST, PATIENCE, bean -> bean.text("State").equals("WAITING_FOR_SCHEMA"));
    assertThat(flow.text("Reason")).contains("shop.late is missing");
    String create =
        "CREATE TABLE IF NOT EXISTS shop.late (k int, v text, PRIMARY KEY ((k))) WITH cdc = true"
            + " AND gc_grace_seconds = 1209600";
    assertThat(flow.text("Hint")).contains("run " + create);

    // Others go on meanwhile.
    SESSIONS
        .get(EAST)
        .execute("INSERT INTO shop.orders (customer, id, item) VALUES ('ben', 2, 'milk')");
    List<RandomCql.Compared> orders =
        List.of(new RandomCql.Compared("shop.orders", "customer, id", List.of("item", "tags")));
    awaitEqual(orders);

    SESSIONS.get(WEST).execute(create);
    SESSIONS.get(WEST).execute(create); // as an operator may, who pastes it once more
    awaitEqual(List.of(new RandomCql.Compared("shop.late", "k", List.of("v"))));
    regions.awaitFlow(WEST, "shop", EAST, PATIENCE, bean -> bean.text("State").equals("RUNNING"));
  }

  @Test
  @Order(4)
  void rowsFromBeforeTheCaptureArriveByABackfill() throws Exception {
    for (String region : List.of(EAST, WEST)) {
      SESSIONS
          .get(region)
          .execute("CREATE TABLE shop.old (k int PRIMARY KEY, v text) WITH cdc = false");
    }
    CqlSession east = SESSIONS.get(EAST);
    for (int k = 0; k < 300; k++) {
      east.execute("INSERT INTO shop.old (k, v) VALUES (" + k + ", 'x') USING TTL 90000");
    }
    // Once a later write has crossed, the capture is past them.
    east.execute("INSERT INTO shop.orders (customer, id, item) VALUES ('cleo', 3, 'later')");
    awaitEqual(
        List.of(new RandomCql.Compared("shop.orders", "customer, id", List.of("item", "tags"))));
    east.execute("ALTER TABLE shop.old WITH cdc = true");
    east.execute("INSERT INTO shop.old (k, v) VALUES (-1, 'captured')");
    RandomCql.Compared old = new RandomCql.Compared("shop.old", "k", List.of("v"));
    await().atMost(PATIENCE).until(() -> Comparison.count(SESSIONS.get(WEST), old) == 1);

    assertThat(backfill("--table", "shop.old", "--token-range", "5:x").output())
        .contains("'5:x' is no range of tokens");
    assertThat(backfill("--table", "shop.old", "--rate", "1").output())
        .startsWith("cassandra/shop@us-east-1: the backfill of 'shop.old' was started: at most 1 ");
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(backfill("--show").output())
                    .containsPattern("running: backfill of 'shop.old', [1-9]"));
    assertThat(backfill("--table", "shop.orders").output())
        .contains("another is running: backfill of 'shop.old', ", "--stop");
    assertThat(backfill("--table", "shop.old", "--rate", "10000").output())
        .startsWith(
            "cassandra/shop@us-east-1: the backfill of 'shop.old' was running and goes on, ")
        .contains("sent before: at most 10000")
        .contains("see how far it is: replicator backfill cassandra/shop@us-east-1 --show --jmx");
    awaitEqual(List.of(old));
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(backfill("--show").output())
                    .containsPattern("done: backfill of 'shop.old', 3\\d\\d rows sent"));
  }

  private static Command backfill(String... words) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "backfill",
                "cassandra/shop@" + EAST,
                "--jmx",
                regions.region(EAST).agent().jmxUrl(),
                "--jmx",
                cassandra(EAST).captureJmxUrl()));
    command.addAll(List.of(words));
    return Command.run(folder, Map.of(), command.toArray(String[]::new));
  }

  @Test
  @Order(5)
  void schemaChangesUnderLoadBothEndEqual() throws InterruptedException {
    CqlSession east = SESSIONS.get(EAST);
    CqlSession west = SESSIONS.get(WEST);
    for (CqlSession session : List.of(east, west)) {
      session.execute("CREATE TABLE shop.changing (k int PRIMARY KEY, v int) WITH cdc = true");
      session.execute("CREATE TABLE shop.doomed (k int PRIMARY KEY, v int) WITH cdc = true");
    }
    Thread writer =
        new Thread(
            () -> {
              for (int i = 0; i < ROWS; i++) {
                east.execute("INSERT INTO shop.changing (k, v) VALUES (" + i + ", " + i + ")");
                if (i < ROWS / 2) {
                  east.execute("INSERT INTO shop.doomed (k, v) VALUES (" + i + ", " + i + ")");
                } else {
                  east.execute("UPDATE shop.changing SET added = 'x' WHERE k = " + i);
                }
                if (i == ROWS / 2) {
                  east.execute("DROP TABLE shop.doomed");
                }
              }
            });
    // The capture sleeps through both changes, and wakes to a log that was written by three
    // schemas.
    cassandra(EAST).capture().kill();
    east.execute("ALTER TABLE shop.changing ADD added text");
    writer.start();
    writer.join();
    // It waits for its node, and says so.
    cassandra(EAST).node().kill();
    cassandra(EAST).capture().start();
    await()
        .atMost(PATIENCE)
        .until(() -> captureState(EAST).startsWith("BLOCKED: the Cassandra node"));
    cassandra(EAST).node().start();
    cassandra(EAST).node().awaitReady(Duration.ofSeconds(90));
    cassandra(EAST).capture().awaitReady(Duration.ofSeconds(90));
    west.execute("ALTER TABLE shop.changing ADD added text");
    awaitEqual(List.of(new RandomCql.Compared("shop.changing", "k", List.of("v", "added"))));
    // The kill may have taken the last writes from the node itself, and so from both.
    assertThat(Comparison.count(west, new RandomCql.Compared("shop.changing", "k", List.of("v"))))
        .isGreaterThan(ROWS - 100);
    // A table of that name that is created again is another one: what was dropped stays away.
    for (CqlSession session : List.of(east, west)) {
      session.execute("DROP TABLE IF EXISTS shop.doomed");
      session.execute("CREATE TABLE shop.doomed (k int PRIMARY KEY, v int) WITH cdc = true");
    }
    east.execute("INSERT INTO shop.doomed (k, v) VALUES (-1, 1)");
    awaitEqual(List.of(new RandomCql.Compared("shop.doomed", "k", List.of("v"))));
    assertThat(Comparison.count(west, new RandomCql.Compared("shop.doomed", "k", List.of("v"))))
        .isOne();
    try (AgentConnection capture = new AgentConnection(cassandra(EAST).captureJmxUrl(), Map.of())) {
      assertThat(capture.read())
          .isInstanceOfSatisfying(
              AgentStatus.Answered.class,
              answered -> assertThat(answered.flows().get(0).text("State")).isEqualTo("RUNNING"));
    }
  }

  /** Returns the state and the reason of a region's capture; empty while it does not answer. */
  private static String captureState(String region) {
    try (AgentConnection capture =
        new AgentConnection(cassandra(region).captureJmxUrl(), Map.of())) {
      return capture.read() instanceof AgentStatus.Answered answered
          ? answered.agent().text("State") + ": " + answered.agent().text("Reason")
          : "";
    }
  }
}
