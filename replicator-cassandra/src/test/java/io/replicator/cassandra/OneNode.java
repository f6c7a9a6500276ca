package io.replicator.cassandra;

import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import io.replicator.cassandra.log.NodeLogs;
import io.replicator.model.Change;
import io.replicator.model.Resource;
import io.replicator.spi.Applier.Outcome;
import io.replicator.spi.ChangeSink;
import io.replicator.spi.ChangeSource;
import io.replicator.spi.StoreResource.Door.Claim;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** A test beside a node of its own: its tables, its log, and what a capture of it offers. */
abstract class OneNode {
  static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int BLOB = 100_000;
  static CassandraNode node;
  static Sessions sessions;
  final Memory memory = new Memory();
  Claim claim;
  ChangeSource source;

  /** Keeps what it is offered; durable at once, or never. */
  static final class Memory implements ChangeSink {
    final List<Change> changes = new CopyOnWriteArrayList<>();
    volatile boolean durable = true;
    volatile boolean full;

    @Override
    public CompletionStage<Void> ready() {
      return full ? new CompletableFuture<>() : CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<Void> offer(Change change) {
      changes.add(change);
      return durable ? CompletableFuture.completedFuture(null) : new CompletableFuture<>();
    }

    Set<Integer> keys() {
      Set<Integer> keys = new HashSet<>();
      for (Change change : changes) {
        keys.add(MutationFormat.decode(change.payload()).partitionKey().get(0).getInt(0));
      }
      return keys;
    }
  }

  @BeforeAll
  static void start() {
    node = new CassandraNode("log", Map.of("commitlog_segment_size", "1MiB"));
    CustomType.addTo(node);
    CassandraNode.start(node);
    sessions = new Sessions(TwoClusters.settings(node));
  }

  @AfterAll
  static void stop() {
    sessions.close();
    node.close();
  }

  /** What other tests left must not take the space of this one. */
  @BeforeEach
  void clearTheLog() throws IOException {
    List<Path> segments = segments();
    for (Path segment : segments.subList(0, Math.max(0, segments.size() - 2))) {
      Files.delete(segment);
    }
  }

  @AfterEach
  void endCapture() {
    if (source != null) {
      source.close();
      source = null;
    }
    if (claim != null) {
      claim.close();
      claim = null;
    }
  }

  static String keyspace(String name) {
    session()
        .execute(
            "CREATE KEYSPACE "
                + name
                + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    session().execute("CREATE TABLE " + name + ".t (k int PRIMARY KEY, v blob) WITH cdc = true");
    return name;
  }

  static CqlSession session() {
    return node.session();
  }

  void capture(String keyspace) {
    capture(new Selection(keyspace, Optional.empty()));
  }

  void capture(Selection selection) {
    capture(selection, settings(selection.keyspace()));
  }

  void capture(Selection selection, CassandraSettings own) {
    String keyspace = selection.keyspace();
    endCapture();
    NodeLogs logs = new NodeLogs(own, () -> sessions.node(own.node()), List.of(selection));
    claim = logs.claim();
    source = logs.open("cassandra/" + keyspace + "@here", selection, memory);
  }

  static CassandraSettings settings(String keyspace) {
    return settings(keyspace, node.address(), Optional.empty());
  }

  static CassandraSettings settings(
      String keyspace, NodeAddress beside, Optional<Path> cdcDirectory) {
    CassandraSettings all = TwoClusters.settings(node);
    return new CassandraSettings(
        all.contactPoints(),
        all.datacenter(),
        all.user(),
        all.password(),
        all.consistency(),
        all.createMarkers(),
        all.driver(),
        beside,
        node.folder().resolve("capture-" + keyspace),
        cdcDirectory);
  }

  static void write(String keyspace, int from, int to) {
    for (int k = from; k < to; k++) {
      session()
          .execute(
              "INSERT INTO " + keyspace + ".t (k, v) VALUES (?, ?)", k, ByteBuffer.allocate(BLOB));
    }
  }

  void awaitKeys(int from, int to) {
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                memory
                    .keys()
                    .containsAll(Stream.iterate(from, k -> k + 1).limit(to - from).toList()));
  }

  List<Path> segments() throws IOException {
    try (Stream<Path> files = Files.list(node.cdcDirectory())) {
      return files.filter(file -> file.toString().endsWith(".log")).sorted().toList();
    }
  }

  static CassandraApplier applier(String keyspace) {
    return new CassandraApplier(
        sessions.cluster().toCompletableFuture().join(),
        sessions.markers(),
        settings(keyspace),
        "cassandra/" + keyspace + "@there",
        Duration.ofDays(7),
        InstantSource.system());
  }

  static Outcome apply(CassandraApplier applier, Change change) {
    return applier.apply(change).toCompletableFuture().join();
  }

  static String found(String keyspace, CassandraSettings settings, Sessions there) {
    return found(keyspace, settings, there, false);
  }

  static String found(
      String keyspace, CassandraSettings settings, Sessions there, boolean captures) {
    return new CassandraCheck(
            new Resource("cassandra", "resource"),
            new Selection(keyspace, Optional.empty()),
            settings,
            there,
            captures,
            Duration.ofDays(1),
            InstantSource.system())
        .findings()
        .toString();
  }
}
