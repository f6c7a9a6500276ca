package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a log has lost can be sent again, with its times. */
class TableBackfillTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @Test
  void theOtherClusterGetsEveryCellWithItsTimes() throws InterruptedException {
    try (TwoClusters clusters = TwoClusters.started(Map.of(), RandomCql.SCHEMA)) {
      // No capture runs: this is all that goes to the west.
      Set<String> failures = Load.write(clusters.east.session(), new RandomCql(7, 30), 800);
      assertThat(failures).isEmpty();
      send(clusters);
      assertThat(clusters.differences()).isEmpty();
      assertThat(listing(clusters, "shop.none", "").done().toCompletableFuture())
          .failsWithin(PATIENCE)
          .withThrowableThat()
          .withMessageContaining("shop.none does not exist");

      // Newer writes in the west stay, and what came before comes again, though it was applied.
      clusters
          .west
          .session()
          .execute("INSERT INTO shop.wide (a, b, v_text) VALUES (0, 'b0', 'newer')");
      clusters.west.session().execute("TRUNCATE shop.rows");
      send(clusters);
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

  /** In two parts, the second of which is taken up where a first attempt was left. */
  private static void send(TwoClusters clusters) {
    TableListing first = listing(clusters, "tokens -9223372036854775808:0", "");
    await().atMost(PATIENCE).until(() -> first.done().toCompletableFuture().isDone());
    first.done().toCompletableFuture().join();
    assertThat(first.position()).isEqualTo("wide 0");

    TableListing left = listing(clusters, "tokens 0:9223372036854775807", "");
    await().atMost(PATIENCE).until(() -> left.count() > 0);
    left.close();
    await().atMost(PATIENCE).until(() -> left.done().toCompletableFuture().isDone());
    TableListing second = listing(clusters, "tokens 0:9223372036854775807", left.position());
    second.done().toCompletableFuture().join();
    assertThat(second.position()).isEqualTo("wide 9223372036854775807");
    await().atMost(PATIENCE).until(() -> clusters.east.road.underWay() == 0);
  }

  private static TableListing listing(TwoClusters clusters, String part, String after) {
    return new TableListing(
            clusters.east::session,
            TwoClusters.SHOP,
            part,
            after,
            5_000,
            clusters.east.road,
            InstantSource.system())
        .start();
  }
}
