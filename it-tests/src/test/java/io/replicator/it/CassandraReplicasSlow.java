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
    for (String statement : RandomCql.SCHEMA) {
      east.execute(statement);
      // The driver itself waits for the three no longer than ten seconds.
      await().atMost(PATIENCE).until(east::checkSchemaAgreement);
    }
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
    Applied west = awaitApplied();
    ChangeTopic captured = west.captured();
    report(west);

    assertThat(captured.byCapture()).as("records by capture").hasSize(REPLICAS);
    assertThat(west.applied())
        .as("a content is written once, whoever captured it")
        .isEqualTo(captured.changes());
    assertThat(read(FROM_WEST, EAST).records()).as("changes that travelled back").isZero();
    ring.assertCapturesRun();
  }

  @Test
  @Order(2)
  void hintsOfWhatWasAppliedDoNotTravelBack() throws Exception {
    ChangeTopic before = awaitApplied().captured();
    writeAndRestart(west, ring.node(2));
    awaitEqual();
    ChangeTopic written = read(FROM_WEST, EAST);
    ChangeTopic after = awaitApplied().captured();

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

  /**
   * What the east captured and the west's agent made of it, at one moment.
   *
   * @param applied how many changes were written
   * @param duplicates how many were known from another capture
   */
  private record Applied(ChangeTopic captured, long applied, long duplicates) {}

  /**
   * Waits until each record from the east was seen by the west's agent, and none came meanwhile:
   * comparing reads from all replicas, and what that repairs is captured, too.
   */
  private static Applied awaitApplied() {
    Applied[] last = new Applied[1];
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(2))
        .untilAsserted(
            () -> {
              Bean flow = applying();
              last[0] =
                  new Applied(
                      read(FROM_EAST, WEST), flow.number("Applied"), flow.number("Duplicates"));
              assertThat(last[0].applied() + last[0].duplicates())
                  .isEqualTo(last[0].captured().records());
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

  private static void report(Applied west) {
    ChangeTopic captured = west.captured();
    System.out.printf(
        "%d changes captured in %d records, by capture %s, by copies %s; %d applied, %d"
            + " duplicates, %d dead letters%n",
        captured.changes(),
        captured.records(),
        captured.byCapture(),
        captured.copies(),
        west.applied(),
        west.duplicates(),
        applying().number("DeadLettered"));
  }
}
