package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import io.replicator.cassandra.log.NodeLogs;
import io.replicator.model.Change;
import io.replicator.spi.ChangeSink;
import io.replicator.spi.ReplicationException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a log has lost can be sent again, with its times. */
class TableBackfillTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** As the capture's sink, it refuses what is larger than a record may be. */
  private static final int RECORD = 1_900_000;

  private static TwoClusters clusters;

  @BeforeAll
  static void start() {
    clusters = TwoClusters.started(Map.of(), RandomCql.SCHEMA);
  }

  @AfterAll
  static void stop() {
    clusters.close();
  }

  @Test
  void theOtherClusterGetsEveryCellWithItsTimes() throws InterruptedException {
    // No capture runs: this is all that goes to the west.
    Set<String> failures = Load.write(clusters.east.session(), new RandomCql(7, 30), 800);
    assertThat(failures).isEmpty();
    send();
    assertThat(clusters.differences()).isEmpty();
    assertThat(listing("shop.none", "").done().toCompletableFuture())
        .failsWithin(PATIENCE)
        .withThrowableThat()
        .withMessageContaining("shop.none does not exist");

    // Newer writes in the west stay, and what came before comes again, though it was applied.
    clusters
        .west
        .session()
        .execute("INSERT INTO shop.wide (a, b, v_text) VALUES (0, 'b0', 'newer')");
    clusters.west.session().execute("TRUNCATE shop.rows");
    send();
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

  @Test
  void aNodeOfAnotherClusterIsFoundByCheckAndNotCaptured() {
    CassandraSettings own = clusters.east.settings;
    CassandraSettings mixed =
        new CassandraSettings(
            own.contactPoints(),
            own.datacenter(),
            own.user(),
            own.password(),
            own.consistency(),
            own.createMarkers(),
            own.driver(),
            clusters.west.node.address(),
            own.directory(),
            own.cdcDirectory());
    try (Sessions sessions = new Sessions(mixed)) {
      assertThat(OneNode.found("shop", mixed, sessions, true))
          .contains("level=ERROR, subject=stores.cassandra.capture.node '" + mixed.node())
          .contains("is a node of another cluster", "'west'", "'east'");
      NodeLogs logs = new NodeLogs(mixed, sessions::captured, List.of(TwoClusters.SHOP));
      assertThatThrownBy(logs::claim)
          .isInstanceOfSatisfying(
              ReplicationException.class,
              e -> assertThat(e.kind()).isEqualTo(ReplicationException.Kind.FATAL))
          .hasMessageContaining("is a node of another cluster");
    }
    assertThat(OneNode.found("shop", own, clusters.east.sessions, true))
        .doesNotContain("another cluster");
    clusters.east.sessions.captured().close();
  }

  @Test
  void aRowThatCannotBeCarriedIsLeftOutAndALargeOneIsSplit() throws InterruptedException {
    CqlSession east = clusters.east.session();
    east.execute(
        "CREATE KEYSPACE large WITH replication = {'class': 'SimpleStrategy',"
            + " 'replication_factor': 1}");
    east.execute("CREATE TABLE large.t (k int PRIMARY KEY, a blob, b blob) WITH cdc = true");
    String insert = "INSERT INTO large.t (k, a, b) VALUES (?, ?, ?)";
    east.execute(insert, 1, ByteBuffer.allocate(1), ByteBuffer.allocate(1));
    east.execute(insert, 2, ByteBuffer.allocate(RECORD * 3 / 4), ByteBuffer.allocate(RECORD / 2));
    east.execute(insert, 3, ByteBuffer.allocate(RECORD + 1), ByteBuffer.allocate(1));
    east.execute(insert, 4, ByteBuffer.allocate(1), ByteBuffer.allocate(1));

    List<TableMutation> sent = new CopyOnWriteArrayList<>();
    TableBackfill backfill = backfill("large", sent);
    assertThat(backfill.run(TableBackfill.FIRST_TOKEN, Long.MAX_VALUE, token -> {})).isEqualTo(4);
    assertThat(backfill.refused()).isOne();
    assertThat(sent)
        .extracting(part -> part.partitionKey().get(0).getInt(0))
        .containsExactlyInAnyOrder(1, 2, 2, 3, 4);
  }

  @Test
  void aRowOfNothingButItsKeyLivesNoLongerThanItsTableLets() throws InterruptedException {
    CqlSession east = clusters.east.session();
    east.execute(
        "CREATE KEYSPACE brief WITH replication = {'class': 'SimpleStrategy',"
            + " 'replication_factor': 1}");
    east.execute(
        "CREATE TABLE brief.t (k int PRIMARY KEY, v int) WITH cdc = true AND default_time_to_live"
            + " = 3600");
    east.execute("INSERT INTO brief.t (k) VALUES (1)");
    List<TableMutation> sent = new CopyOnWriteArrayList<>();
    long before = Instant.now().getEpochSecond();
    backfill("brief", sent).run(TableBackfill.FIRST_TOKEN, Long.MAX_VALUE, token -> {});
    assertThat(sent).hasSize(1);
    TableMutation.Life mark = sent.get(0).rows().get(0).liveness().orElseThrow();
    assertThat(mark.ttl()).isEqualTo(3600);
    assertThat(mark.expiresAt()).isBetween(before + 3600, Instant.now().getEpochSecond() + 3600);
  }

  private static TableBackfill backfill(String keyspace, List<TableMutation> sent) {
    TableShape shape =
        SchemaReader.read(clusters.east.session(), keyspace).toCompletableFuture().join().get("t");
    ChangeSink sink =
        new ChangeSink() {
          @Override
          public CompletionStage<Void> ready() {
            return CompletableFuture.completedFuture(null);
          }

          @Override
          public CompletionStage<Void> offer(Change change) {
            if (change.payload().length > RECORD) {
              return CompletableFuture.failedFuture(
                  new ReplicationException(
                      ReplicationException.Kind.POISON, "larger than a record", "", null));
            }
            sent.add(MutationFormat.decode(change.payload()));
            return CompletableFuture.completedFuture(null);
          }
        };
    return new TableBackfill(clusters.east.session(), shape, sink, 10_000, InstantSource.system());
  }

  /** In two parts, the second of which is taken up where a first attempt was left. */
  private static void send() {
    TableListing first = listing("tokens -9223372036854775808:0", "");
    await().atMost(PATIENCE).until(() -> first.done().toCompletableFuture().isDone());
    first.done().toCompletableFuture().join();
    assertThat(first.position()).isEqualTo("wide 0");

    TableListing left = listing("tokens 0:9223372036854775807", "");
    await().atMost(PATIENCE).until(() -> left.count() > 0);
    left.close();
    await().atMost(PATIENCE).until(() -> left.done().toCompletableFuture().isDone());
    TableListing second = listing("tokens 0:9223372036854775807", left.position());
    second.done().toCompletableFuture().join();
    assertThat(second.position()).isEqualTo("wide 9223372036854775807");
    await().atMost(PATIENCE).until(() -> clusters.east.road.underWay() == 0);
  }

  private static TableListing listing(String part, String after) {
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
