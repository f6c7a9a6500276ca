package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.cassandra.log.NodeLogs;
import io.replicator.model.Change;
import io.replicator.spi.ChangeSink;
import io.replicator.spi.ChangeSource;
import io.replicator.spi.StoreResource.Door.Claim;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The time up to which a log is read, where the node keeps acknowledged writes in buffers that
 * nobody else sees until it syncs.
 */
class UpToSlow {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration SYNC = Duration.ofSeconds(2);
  private static final int WRITES = 400;
  private static final Selection KEYSPACE = new Selection("buffered", Optional.empty());

  private final Set<Integer> read = ConcurrentHashMap.newKeySet();
  private final Map<Integer, Instant> acknowledged = new ConcurrentHashMap<>();

  private final ChangeSink sink =
      new ChangeSink() {
        @Override
        public CompletionStage<Void> ready() {
          return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<Void> offer(Change change) {
          read.add(MutationFormat.decode(change.payload()).partitionKey().get(0).getInt(0));
          return CompletableFuture.completedFuture(null);
        }
      };

  @ParameterizedTest
  @ValueSource(
      strings = {
        "commitlog_compression: [{class_name: LZ4Compressor}]",
        "commitlog_disk_access_mode: direct"
      })
  void noAcknowledgedWriteThatIsUnreadIsOlderThanWhatIsToldToBeRead(String setting) {
    String[] parts = setting.split(": ", 2);
    CassandraNode node =
        new CassandraNode(
            "upto",
            Map.of(
                parts[0],
                parts[1],
                "commitlog_sync_period",
                SYNC.toSeconds() + "s",
                "periodic_commitlog_sync_lag_block",
                SYNC.toSeconds() + 1 + "s",
                "commitlog_segment_size",
                "1MiB"));
    try (node;
        Sessions sessions = new Sessions(TwoClusters.settings(node))) {
      CassandraNode.start(node);
      node.session()
          .execute(
              "CREATE KEYSPACE buffered WITH replication = {'class': 'SimpleStrategy',"
                  + " 'replication_factor': 1}");
      node.session().execute("CREATE TABLE buffered.t (k int PRIMARY KEY, v int) WITH cdc = true");
      CassandraSettings own = TwoClusters.settings(node);
      NodeLogs logs = new NodeLogs(own, () -> sessions.node(own.node()), List.of(KEYSPACE));
      try (Claim claim = logs.claim();
          ChangeSource source = logs.open("cassandra/buffered@here", KEYSPACE, sink)) {
        assertThat(claim.node()).isNotEmpty();
        writesAndLooks(node, source);
      }
    }
  }

  private void writesAndLooks(CassandraNode node, ChangeSource source) {
    await().atMost(PATIENCE).until(() -> upTo(source).isAfter(Instant.EPOCH));
    Instant begin = upTo(source);
    AtomicBoolean unread = new AtomicBoolean();
    for (int key = 0; key < WRITES; key++) {
      node.session().execute("INSERT INTO buffered.t (k, v) VALUES (?, 1)", key);
      acknowledged.put(key, Instant.now());
      unread.compareAndSet(false, !read.contains(key));
      // The time first: what is read meanwhile only makes it truer.
      Instant upTo = upTo(source);
      acknowledged.forEach(
          (one, at) ->
              assertThat(at.isBefore(upTo) && !read.contains(one))
                  .as("%d was acknowledged at %s, and T is %s", one, at, upTo)
                  .isFalse());
      if (key % 40 == 39) {
        awaitSomeTime(); // over the end of a sync period, and within one
      }
    }
    assertThat(unread).as("writes are acknowledged before they are seen").isTrue();
    Instant end = Instant.now();
    await().atMost(PATIENCE).until(() -> upTo(source).isAfter(end));
    assertThat(read).containsAll(acknowledged.keySet());
    assertThat(end).isAfter(begin);
  }

  private static void awaitSomeTime() {
    Instant end = Instant.now().plusMillis(700);
    await().until(() -> Instant.now().isAfter(end));
  }

  private static Instant upTo(ChangeSource source) {
    return source.status().deliveredUpTo().orElse(Instant.EPOCH);
  }
}
