package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.replicator.cassandra.log.NodeLogs;
import io.replicator.model.Change;
import io.replicator.model.FlowState;
import io.replicator.spi.ChangeSink;
import io.replicator.spi.ChangeSource;
import io.replicator.spi.StoreResource.Door.Claim;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a node's restart does to its capture, where the node syncs its log long after it marks. */
class NodeRestartSlow {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Selection KEYSPACE = new Selection("restarts", Optional.empty());
  private static final Map<String, String> SETTINGS =
      new HashMap<>(
          Map.of(
              "commitlog_sync_period", "200s",
              "periodic_commitlog_sync_lag_block", "400s",
              "commitlog_segment_size", "1MiB"));

  private static CassandraNode node;
  private static Sessions sessions;
  private final Set<Integer> keys = ConcurrentHashMap.newKeySet();
  private Claim claim;
  private ChangeSource source;

  private final ChangeSink sink =
      new ChangeSink() {
        @Override
        public CompletionStage<Void> ready() {
          return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<Void> offer(Change change) {
          keys.add(MutationFormat.decode(change.payload()).partitionKey().get(0).getInt(0));
          return CompletableFuture.completedFuture(null);
        }
      };

  @BeforeAll
  static void start() {
    node = new CassandraNode("restart", SETTINGS);
    CassandraNode.start(node);
    sessions = new Sessions(TwoClusters.settings(node));
  }

  @AfterAll
  static void stop() {
    sessions.close();
    node.close();
  }

  @BeforeEach
  void createTable() {
    node.session()
        .execute(
            "CREATE KEYSPACE IF NOT EXISTS restarts WITH replication = {'class': 'SimpleStrategy',"
                + " 'replication_factor': 1}");
    node.session().execute("DROP TABLE IF EXISTS restarts.t");
    node.session().execute("CREATE TABLE restarts.t (k int PRIMARY KEY, v blob) WITH cdc = true");
  }

  private void capture() {
    CassandraSettings own = TwoClusters.settings(node);
    NodeLogs logs = new NodeLogs(own, () -> sessions.node(own.node()), List.of(KEYSPACE));
    claim = logs.claim();
    source = logs.open("cassandra/restarts@here", KEYSPACE, sink);
  }

  @AfterEach
  void endCapture() {
    if (source != null) {
      source.close();
      claim.close();
      source = null;
    }
  }

  private void write(int key) {
    node.session().execute("INSERT INTO restarts.t (k, v) VALUES (?, 0x00)", key);
  }

  private Instant upTo() {
    return source.status().deliveredUpTo().orElse(Instant.EPOCH);
  }

  private void awaitState(FlowState state) {
    await().atMost(PATIENCE).until(() -> source.status().condition().state() == state);
  }

  private void restart(boolean cdc) {
    SETTINGS.put("cdc_enabled", Boolean.toString(cdc));
    node.kill();
    node.startAgain();
  }

  @Test
  void aNodeThatIsRestartedWithoutCdcBlocksItsCaptureAndDegradesIt() {
    capture();
    write(1);
    await().atMost(PATIENCE).until(() -> keys.contains(1));
    restart(false);
    Instant without = Instant.now();
    write(2);
    awaitState(FlowState.BLOCKED);
    assertThat(source.status().condition().reason()).contains("cdc_enabled: false");
    assertThat(source.status().condition().hint()).contains("cdc_enabled: true");
    assertThat(upTo()).as("T").isBefore(without);

    endCapture();
    assertThatThrownBy(this::capture).hasMessageContaining("cdc_enabled: false");
    restart(true);
    capture();
    awaitState(FlowState.DEGRADED);
    assertThat(source.status().condition().reason()).contains("cdc_enabled: false", "missing");
    source.shown(source.status().condition());
    source.acceptGap();
    write(3);
    await().atMost(PATIENCE).until(() -> keys.contains(3) && upTo().isAfter(without));
    awaitState(FlowState.RUNNING);
  }

  @Test
  void aNodeThatIsRestartedWhileNobodyReadsItLosesNothingAndIsNoGap() {
    capture();
    write(20);
    await().atMost(PATIENCE).until(() -> keys.contains(20));
    endCapture();
    restart(true);
    write(21);
    SETTINGS.put("cdc_enabled", "true");
    node.stop();
    node.startAgain();
    write(22);
    capture();
    await().atMost(PATIENCE).until(() -> keys.containsAll(Set.of(21, 22)));
    awaitState(FlowState.RUNNING);
  }

  @Test
  void whatAKilledNodeMarkedAndHadNotSyncedIsReadFromItsSegments() throws IOException {
    capture();
    write(10);
    await().atMost(PATIENCE).until(() -> keys.contains(10)); // its section is marked
    endCapture();
    Path segment = youngestWithContent();
    assertThat(index(segment)).as("the node keeps links that have one").doesNotExist();
    forgetPositions();
    keys.clear();
    restart(true);
    assertThat(segment).as("the node read the section, and knows that there are changes").exists();
    assertThat(index(segment)).content().contains("COMPLETED");
    capture();
    await().atMost(PATIENCE).until(() -> keys.contains(10));
    awaitState(FlowState.RUNNING);
  }

  @Test
  void linksThatAreRemovedBeforeAnyChangeWasSyncedAreTold() throws IOException {
    List<Path> older = links();
    remove(older.subList(0, older.size() - 2)); // but for those that the node writes to, or will
    forgetPositions();
    capture();
    write(30);
    await().atMost(PATIENCE).until(() -> keys.contains(30));
    await().atMost(PATIENCE).until(() -> upTo().isAfter(Instant.EPOCH));
    Instant before = Instant.now();
    remove(links());
    awaitState(FlowState.BLOCKED);
    for (int key = 100; key < 200; key++) { // of five segments
      node.session()
          .execute("INSERT INTO restarts.t (k, v) VALUES (?, ?)", key, ByteBuffer.allocate(50_000));
    }
    await().atMost(PATIENCE).until(() -> keys.contains(199));
    assertThat(keys).as("what had no link is gone").hasSizeLessThan(101);
    awaitState(FlowState.DEGRADED);
    assertThat(source.status().condition().reason())
        .containsOnlyOnce("deleted segments")
        .contains("may be missing");
    assertThat(source.status().condition().hint()).contains("replicator backfill");
    await().atMost(PATIENCE).until(() -> upTo().isAfter(before));
    source.shown(source.status().condition());
    source.acceptGap();
    awaitState(FlowState.RUNNING);
  }

  private static void remove(List<Path> files) throws IOException {
    for (Path file : files) {
      Files.deleteIfExists(file);
    }
  }

  /** Returns the segments and their indexes, in their order. */
  private static List<Path> links() throws IOException {
    try (Stream<Path> files = Files.list(node.cdcDirectory())) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("CommitLog-"))
          .sorted()
          .toList();
    }
  }

  /** The last of all is empty: a node prepares it. */
  private static Path youngestWithContent() throws IOException {
    try (Stream<Path> files = Files.list(node.cdcDirectory())) {
      List<Path> segments = files.filter(it -> it.toString().endsWith(".log")).sorted().toList();
      return segments.get(segments.size() - 2);
    }
  }

  private static Path index(Path segment) {
    return segment.resolveSibling(segment.getFileName().toString().replace(".log", "_cdc.idx"));
  }

  private static void forgetPositions() throws IOException {
    Path positions = TwoClusters.settings(node).directory().resolve("positions");
    if (!Files.isDirectory(positions)) {
      return;
    }
    try (Stream<Path> files = Files.list(positions)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }
}
