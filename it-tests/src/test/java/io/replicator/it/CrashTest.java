package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.deploy.process.Server;
import io.replicator.deploy.sandbox.AgentServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Agents, two of each region, and brokers die at random moments under load. */
class CrashTest {
  private static final int KILLS = Integer.getInteger("replicator.it.kills", 3);
  private static final int REPEATS_A_KILL = 1_000;
  private static final int GROUPS = 10;

  @Test
  void nothingIsLostWhenAgentsAndBrokersAreKilledAndRepeatsAreBounded() throws Exception {
    long seed = Long.getLong("replicator.it.seed", System.nanoTime());
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    try (TwoRegions regions = TwoRegions.started(2);
        Postbox west = new Postbox(regions.queues(WEST), "orders", 2);
        Postbox east = new Postbox(regions.queues(EAST), "orders", 2);
        Postbox westOrdered = new Postbox(regions.queues(WEST), "invoices.fifo", 2)) {
      Load fromEast = load(regions, EAST, "orders-replication", "crash-east", 0, 120, seed);
      Load fromWest = load(regions, WEST, "orders-replication", "crash-west", 0, 40, seed);
      Load ordered =
          load(regions, EAST, "invoices-replication.fifo", "crash-fifo", GROUPS, 40, seed);
      List<Server> victims =
          List.of(
              regions.region(EAST).agents().get(0).process(),
              regions.region(WEST).agents().get(0).process(),
              regions.region(WEST).agents().get(1).process(),
              regions.region(EAST).broker().process(),
              regions.region(EAST).agents().get(1).process(),
              regions.region(WEST).broker().process());
      awaitThatBothWork(regions);
      List<String> order = new ArrayList<>();
      for (int kill = 0; kill < KILLS; kill++) {
        LockSupport.parkNanos(Duration.ofMillis(2_000 + random.nextInt(4_000)).toNanos());
        Server victim = victims.get((kill + random.nextInt(2)) % victims.size());
        order.add(victim.log().getParent().getFileName() + " " + victim.name());
        regions.crash(victim);
      }
      LockSupport.parkNanos(Duration.ofSeconds(3).toNanos());
      fromEast.close();
      fromWest.close();
      ordered.close();
      west.awaitAll(fromEast.sent());
      east.awaitAll(fromWest.sent());
      westOrdered.awaitAll(ordered.sent());
      System.out.printf(
          "killed %s; %d letters, repeated: %d + %d standard, %d FIFO%n",
          order,
          west.distinct() + east.distinct() + westOrdered.distinct(),
          west.repeated(),
          east.repeated(),
          westOrdered.repeated());
      assertThat(west.faults()).isEmpty();
      assertThat(east.faults()).isEmpty();
      assertThat(westOrdered.faults()).isEmpty();
      assertThat(west.repeated() + east.repeated()).isLessThanOrEqualTo(KILLS * REPEATS_A_KILL);
      assertThat(westOrdered.repeated()).isZero();
      westOrdered.groups().values().forEach(numbers -> assertThat(numbers).isSorted());
    }
  }

  /** Otherwise the death of one would prove nothing. */
  private static void awaitThatBothWork(TwoRegions regions) {
    for (String region : List.of(EAST, WEST)) {
      String origin = region.equals(EAST) ? WEST : EAST;
      for (AgentServer agent : regions.region(region).agents()) {
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> counted(regions, agent, region, "Captured") > 0);
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> counted(regions, agent, origin, "Applied") > 0);
      }
    }
  }

  private static long counted(TwoRegions regions, AgentServer agent, String origin, String figure) {
    return regions.flow(agent, "orders", origin).map(flow -> flow.number(figure)).orElse(0L);
  }

  private static Load load(
      TwoRegions regions,
      String region,
      String queue,
      String run,
      int groups,
      int perSecond,
      long seed) {
    return new Load(regions.queues(region), queue, run, groups, perSecond, seed);
  }
}
