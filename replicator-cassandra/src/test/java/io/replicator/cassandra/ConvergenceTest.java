package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.Change;
import io.replicator.spi.Applier;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

/** Random statements of every kind, written in both regions at once, end in the same cells. */
class ConvergenceTest {
  private static final int STATEMENTS =
      Integer.getInteger("replicator.cassandra.statements", 2_000);
  private static final int PARTITIONS = Integer.getInteger("replicator.cassandra.partitions", 40);

  @Test
  void bothClustersEndEqualAndNothingTravelsBack() throws InterruptedException {
    long seed = Long.getLong("replicator.cassandra.seed", ThreadLocalRandom.current().nextLong());
    System.out.println("seed " + seed + ", " + STATEMENTS + " statements in each region");
    try (TwoClusters clusters = TwoClusters.started(Map.of(), RandomCql.SCHEMA)) {
      clusters.sides().forEach(TwoClusters.Side::capture);
      List<Thread> writers = new ArrayList<>();
      List<String> failures = new ArrayList<>();
      for (TwoClusters.Side side : clusters.sides()) {
        RandomCql random = new RandomCql(seed + writers.size(), PARTITIONS);
        Thread writer =
            new Thread(
                () -> {
                  Set<String> failed = Load.write(side.session(), random, STATEMENTS);
                  synchronized (failures) {
                    failures.addAll(failed);
                  }
                });
        writers.add(writer);
        writer.start();
      }
      for (Thread writer : writers) {
        writer.join();
      }
      assertThat(failures).isEmpty();
      clusters.east.session().execute(oversized());
      clusters.awaitQuiet();

      assertThat(clusters.differences()).as("seed %d", seed).isEmpty();
      assertThat(RandomCql.COMPARED)
          .allSatisfy(
              table -> assertThat(Comparison.count(clusters.east.session(), table)).isPositive());
      assertThat(backAgain(clusters)).as("changes that travelled back").isEmpty();

      // What is replayed is older than what stands there, or the same.
      int carried = clusters.east.road.carried().size();
      int fromWest = clusters.west.road.carried().size();
      try (Road again = clusters.roadTo(clusters.west)) {
        clusters.east.road.carried().forEach(again::offer);
        org.awaitility.Awaitility.await()
            .atMost(java.time.Duration.ofMinutes(5))
            .until(() -> again.underWay() == 0);
        assertThat(again.outcomes(Applier.Outcome.APPLIED)).isEqualTo(carried);
      }
      clusters.awaitQuiet();
      assertThat(clusters.differences()).as("after a replay, seed %d", seed).isEmpty();
      assertThat(clusters.west.road.carried()).as("nothing travels back").hasSize(fromWest);
      System.out.println(
          carried + " changes from east, " + clusters.west.road.carried().size() + " from west");
    }
  }

  /** One mutation of more than one record holds. */
  private static String oversized() {
    StringBuilder batch = new StringBuilder("BEGIN UNLOGGED BATCH ");
    for (int row = 0; row < 30; row++) {
      batch
          .append("INSERT INTO shop.rows (p, c1, c2, c3, w) VALUES (-1, ")
          .append(row)
          .append(", 'big', 0, '")
          .append("x".repeat(100_000))
          .append("'); ");
    }
    return batch.append("APPLY BATCH").toString();
  }

  private static Set<String> backAgain(TwoClusters clusters) {
    Set<String> east = ids(clusters.east.road.carried());
    east.retainAll(ids(clusters.west.road.carried()));
    return east;
  }

  private static Set<String> ids(List<Change> changes) {
    Set<String> ids = new HashSet<>();
    changes.forEach(change -> ids.add(change.id()));
    return ids;
  }
}
