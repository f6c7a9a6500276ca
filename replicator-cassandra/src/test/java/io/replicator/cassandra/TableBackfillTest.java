package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a log has lost can be sent again, with its times. */
class TableBackfillTest {
  @Test
  void theOtherClusterGetsEveryCellWithItsTimes() throws InterruptedException {
    try (TwoClusters clusters = TwoClusters.started(Map.of(), RandomCql.SCHEMA)) {
      // No capture runs: this is all that goes to the west.
      Set<String> failures = Load.write(clusters.east.session(), new RandomCql(7, 30), 800);
      assertThat(failures).isEmpty();
      List<Long> told = new ArrayList<>();
      send(clusters, told);
      assertThat(clusters.differences()).isEmpty();
      assertThat(told).isSorted().endsWith(Long.MAX_VALUE);

      // Newer writes in the west stay, and what came before comes again, though it was applied.
      clusters
          .west
          .session()
          .execute("INSERT INTO shop.wide (a, b, v_text) VALUES (0, 'b0', 'newer')");
      clusters.west.session().execute("TRUNCATE shop.rows");
      send(clusters, told);
      assertThat(
              Comparison.differences(
                  clusters.east.session(),
                  clusters.west.session(),
                  List.of(RandomCql.COMPARED.get(1))))
          .isEmpty();
      assertThat(
              clusters
                  .west
                  .session()
                  .execute("SELECT v_text FROM shop.wide WHERE a = 0 AND b = 'b0'")
                  .one()
                  .getString(0))
          .isEqualTo("newer");
    }
  }

  private static void send(TwoClusters clusters, List<Long> told) throws InterruptedException {
    Map<String, TableShape> tables =
        SchemaReader.read(clusters.east.session(), "shop").toCompletableFuture().join();
    for (String name : List.of("wide", "rows", "Fading")) {
      long half = 0;
      TableBackfill backfill =
          new TableBackfill(
              clusters.east.session(),
              tables.get(name),
              clusters.east.road,
              5_000,
              InstantSource.system());
      // In two ranges, as it is resumed.
      told.clear();
      backfill.run(TableBackfill.FIRST_TOKEN, half, told::add);
      backfill.run(half, Long.MAX_VALUE, told::add);
    }
    org.awaitility.Awaitility.await()
        .atMost(java.time.Duration.ofMinutes(2))
        .until(() -> clusters.east.road.underWay() == 0);
  }
}
