package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import io.replicator.cassandra.Comparison;
import io.replicator.cassandra.Load;
import io.replicator.cassandra.RandomCql;
import io.replicator.deploy.process.Server;
import io.replicator.deploy.sandbox.SandboxRegion;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Tables of every type under statements of every kind, while captures, agents and nodes are killed:
 * {@code mvn verify -Pslow}. Chaos kills the same, but its writes are plainer.
 *
 * <p>{@code -Dreplicator.it.statements=} says how many statements each region writes, {@code
 * -Dreplicator.it.kills=} how often something is killed meanwhile, {@code -Dreplicator.it.seed=}
 * which.
 */
class CassandraKilledSlow {
  private static final int STATEMENTS = Integer.getInteger("replicator.it.statements", 3_000);
  private static final int KILLS = Integer.getInteger("replicator.it.kills", 9);
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Map<String, CqlSession> SESSIONS = new HashMap<>();
  private static TwoRegions regions;

  @BeforeAll
  static void start() {
    regions = CassandraTest.started(SESSIONS);
  }

  @AfterAll
  static void stop() {
    SESSIONS.values().forEach(CqlSession::close);
    regions.close();
  }

  @Test
  void killedAnywhereUnderLoadBothEndEqual() throws InterruptedException {
    long seed = Long.getLong("replicator.it.seed", ThreadLocalRandom.current().nextLong());
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    RandomCql east = new RandomCql(random.nextLong(), 30);
    RandomCql west = new RandomCql(random.nextLong(), 30);
    for (int kill = 0; kill < KILLS; kill++) {
      int statements = STATEMENTS / KILLS;
      int killedAt = east.made() + random.nextInt(statements);
      List<Thread> writers = List.of(write(EAST, east, statements), write(WEST, west, statements));
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(2))
          .until(() -> east.made() >= killedAt);
      SandboxRegion region = regions.region(random.nextBoolean() ? EAST : WEST);
      List<Server> servers =
          List.of(
              region.cassandra().orElseThrow().capture(),
              region.agent().process(),
              region.cassandra().orElseThrow().node());
      Server server = servers.get(kill % servers.size());
      System.out.println("kill -9 of " + server.name() + " in " + region.name());
      regions.crash(server);
      for (Thread writer : writers) {
        writer.join();
      }
    }
    Comparison.awaitEqual(SESSIONS.get(EAST), SESSIONS.get(WEST), RandomCql.COMPARED, PATIENCE);
  }

  private static Thread write(String region, RandomCql cql, int statements) {
    Thread writer = new Thread(() -> Load.write(SESSIONS.get(region), cql, statements));
    writer.start();
    return writer;
  }
}
