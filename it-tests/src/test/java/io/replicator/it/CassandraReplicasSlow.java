package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import io.replicator.cassandra.Comparison;
import io.replicator.cassandra.Load;
import io.replicator.cassandra.RandomCql;
import io.replicator.deploy.process.Server;
import io.replicator.deploy.sandbox.CqlClient;
import io.replicator.deploy.sandbox.SandboxStore;
import io.replicator.deploy.status.Bean;
import io.replicator.model.Flow;
import java.time.Duration;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * A region whose cluster has three nodes that each hold every row, so that each write is captured
 * three times, beside a region of one: {@code mvn verify -Pslow}. A node is killed under load, kept
 * hints for, and started again, once while its region writes and once while the other does.
 *
 * <p>{@code -Dreplicator.it.statements=} says how many statements each region writes, {@code
 * -Dreplicator.it.seed=} which.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class CassandraReplicasSlow {
  private static final int STATEMENTS = Integer.getInteger("replicator.it.statements", 4_000);
  private static final int PARTITIONS = 40;
  private static final int REPLICAS = 3;
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final Flow FROM_EAST = Flow.parse("cassandra/shop@" + EAST);
  private static final Flow FROM_WEST = Flow.parse("cassandra/shop@" + WEST);
  private static Random random;
  private static TwoRegions regions;
  private static CassandraRing ring;
  private static CqlSession east;
  private static CqlSession eastWhole;
  private static CqlSession west;

  @BeforeAll
  static void start() throws Exception {
    long seed = Long.getLong("replicator.it.seed", ThreadLocalRandom.current().nextLong());
    System.out.println("seed " + seed);
    random = new Random(seed);
    regions =
        TwoRegions.started(
            TwoRegions.layout(EAST, WEST).withStores(Set.of(SandboxStore.CASSANDRA)));
    ring = CassandraRing.around(regions.region(EAST));
    east = ring.open(ConsistencyLevel.LOCAL_ONE);
    eastWhole = ring.open(ConsistencyLevel.ALL);
    west = CqlClient.open(regions.region(WEST).cassandra().orElseThrow().port());
    RandomCql.SCHEMA.forEach(east::execute);
    RandomCql.SCHEMA.forEach(west::execute);
  }

  @AfterAll
  static void stop() {
    east.close();
    eastWhole.close();
    west.close();
    ring.close();
    regions.close();
  }

  @Test
  @Order(1)
  void writesOfThreeReplicasOneOfThemRestartedAreAppliedOnce() throws Exception {
    writeAndRestart(east, ring.node(3));
    awaitEqual();
    ChangeTopic captured = awaitApplied();
    report(captured);

    assertThat(captured.byCapture()).as("records by capture").hasSize(REPLICAS);
    assertThat(applying().number("Applied"))
        .as("a content is written once, whoever captured it")
        .isEqualTo(captured.changes());
    assertThat(read(FROM_WEST, EAST).records()).as("changes that travelled back").isZero();
    ring.assertCapturesRun();
  }

  @Test
  @Order(2)
  void hintsOfWhatWasAppliedDoNotTravelBack() throws Exception {
    ChangeTopic before = awaitApplied();
    writeAndRestart(west, ring.node(2));
    awaitEqual();
    ChangeTopic written = read(FROM_WEST, EAST);
    ChangeTopic after = awaitApplied();

    Set<String> echoes = new HashSet<>(after.captures().keySet());
    echoes.removeAll(before.captures().keySet());
    System.out.printf("%d changes from west, %d echoes%n", written.changes(), echoes.size());
    assertThat(written.copies().keySet())
        .as("one that came a second time had gone round")
        .containsExactly(1);
    ring.assertCapturesRun();
  }

  /** Writes all the time; a node is killed, missed writes, gets them as hints. */
  private static void writeAndRestart(CqlSession session, Server node) throws Exception {
    RandomCql cql = new RandomCql(random.nextLong(), PARTITIONS);
    assertThat(Load.write(session, cql, STATEMENTS / 4)).isEmpty();
    Set<String> failures = ConcurrentHashMap.newKeySet();
    int killedAt = cql.made() + random.nextInt(STATEMENTS / 4);
    Thread without = write(session, cql, STATEMENTS / 2, failures);
    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(2)).until(() -> cql.made() >= killedAt);
    node.kill();
    without.join();
    ring.awaitHints();
    System.out.printf(
        "%s was down for %d statements (%d failed with it), hints of %d bytes%n",
        node.name(), STATEMENTS / 2, failures.size(), ring.hints());
    node.start();
    Thread again = write(session, cql, STATEMENTS / 4, failures);
    node.awaitReady(PATIENCE);
    again.join();
    ring.awaitNoHints();
    assertThat(failures).as("writes that failed with the node").hasSizeLessThan(STATEMENTS / 10);
  }

  private static Thread write(
      CqlSession session, RandomCql cql, int statements, Set<String> failures) {
    Thread writer = new Thread(() -> failures.addAll(Load.write(session, cql, statements)));
    writer.start();
    return writer;
  }

  private static void awaitEqual() {
    Comparison.awaitEqual(eastWhole, west, RandomCql.COMPARED, PATIENCE);
    assertThat(RandomCql.COMPARED)
        .allSatisfy(table -> assertThat(Comparison.count(west, table)).isPositive());
  }

  /** Waits until each record from the east was seen by the west's agent; returns these. */
  private static ChangeTopic awaitApplied() {
    ChangeTopic[] last = new ChangeTopic[1];
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(2))
        .untilAsserted(
            () -> {
              last[0] = read(FROM_EAST, WEST);
              Bean flow = applying();
              assertThat(flow.number("Applied") + flow.number("Duplicates"))
                  .isEqualTo(last[0].records());
            });
    return last[0];
  }

  private static Bean applying() {
    return regions.awaitFlow(
        WEST, "shop", EAST, PATIENCE, flow -> flow.text("State").equals("RUNNING"));
  }

  private static ChangeTopic read(Flow flow, String region) {
    return ChangeTopic.read(regions.region(region).broker().bootstrap(), flow);
  }

  private static void report(ChangeTopic captured) {
    Bean flow = applying();
    System.out.printf(
        "%d changes captured in %d records, by capture %s, by copies %s; %d applied, %d"
            + " duplicates, %d dead letters%n",
        captured.changes(),
        captured.records(),
        captured.byCapture(),
        captured.copies(),
        flow.number("Applied"),
        flow.number("Duplicates"),
        flow.number("DeadLettered"));
  }
}
