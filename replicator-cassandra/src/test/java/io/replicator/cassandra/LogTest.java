package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverTimeoutException;
import io.replicator.cassandra.log.NodeLogs;
import io.replicator.model.Change;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.spi.Applier.Outcome;
import io.replicator.spi.ReplicationException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What a node's log does to its capture: gaps, damage, restarts, echoes.
 *
 * <p>{@code -Dreplicator.cassandra.echo-pause=60} has the captures of one write stand so many
 * seconds apart, as those of replicas do that were down; without it they follow one another at
 * once.
 */
class LogTest extends OneNode {
  private static final Duration ECHO_PAUSE =
      Duration.ofSeconds(Integer.getInteger("replicator.cassandra.echo-pause", 0));

  @Test
  void segmentsAreDeletedWhenTheirChangesAreDurableAndNotBefore() throws IOException {
    String keyspace = keyspace("kept");
    capture(keyspace);
    memory.durable = false;
    write(keyspace, 0, 30);
    awaitKeys(0, 30);
    int kept = segments().size();
    assertThat(kept).isGreaterThanOrEqualTo(3);
    endCapture();
    memory.changes.clear();
    memory.durable = true;
    capture(keyspace); // what was not durable is read again
    awaitKeys(0, 30);
    await().atMost(PATIENCE).until(() -> segments().size() < kept);
    write(keyspace, 30, 60);
    await().atMost(PATIENCE).until(() -> source.status().retention().isPresent());
  }

  @Test
  void droppedSegmentsAreSeenAsAGapWithItsResync() throws IOException {
    CassandraNode roomy = node;
    Sessions others = sessions;
    node =
        new CassandraNode(
            "small",
            Map.of(
                "commitlog_segment_size", "1MiB",
                "cdc_total_space", "6MiB",
                "cdc_free_space_check_interval", "100ms"));
    try {
      CassandraNode.start(node);
      sessions = new Sessions(TwoClusters.settings(node));
      droppedSegmentsAreSeen();
    } finally {
      endCapture();
      sessions.close();
      node.close();
      node = roomy;
      sessions = others;
    }
  }

  private void droppedSegmentsAreSeen() throws IOException {
    String keyspace = keyspace("gap");
    capture(keyspace);
    write(keyspace, 0, 25);
    awaitKeys(0, 25);
    Instant read = Instant.now();
    await()
        .atMost(PATIENCE)
        .until(() -> source.status().deliveredUpTo().filter(read::isBefore).isPresent());
    assertThat(source.status().condition().state()).isEqualTo(FlowState.RUNNING);
    endCapture();
    Instant written = Instant.now();
    write(keyspace, 100, 260); // more than cdc_total_space holds
    capture(keyspace);
    await().atMost(PATIENCE).until(() -> source.status().condition().state() == FlowState.DEGRADED);
    String reason = source.status().condition().reason();
    assertThat(reason).contains("deleted segments", "from", "to");
    assertThat(Instant.parse(reason.replaceAll(".* from (\\S+) to .*", "$1")))
        .as("the beginning, which is not when the node was started")
        .isBetween(read, written);
    assertThat(source.status().condition().hint())
        .contains("replicator backfill cassandra/gap@here");
    write(keyspace, 400, 401);
    awaitKeys(400, 401);
    endCapture();
    capture(keyspace);
    assertThat(source.status().condition().state())
        .as("after a restart")
        .isEqualTo(FlowState.DEGRADED);
    source.shown(source.status().condition());
    source.acceptGap();
    assertThat(source.status().condition().state()).isEqualTo(FlowState.RUNNING);

    // While it is captured that is seen at once, though Kafka takes no more.
    await().atMost(PATIENCE).until(() -> !positions(keyspace).contains("proof=0"));
    memory.full = true;
    try (Stream<Path> files = Files.list(node.cdcDirectory())) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    await().atMost(PATIENCE).until(() -> source.status().condition().state() == FlowState.DEGRADED);
    assertThat(source.status().condition().reason()).contains("deleted segments");
    memory.full = false;
  }

  private static String positions(String keyspace) throws IOException {
    return Files.readString(positionFile(keyspace));
  }

  private static Path positionFile(String keyspace) throws IOException {
    try (Stream<Path> files = Files.list(settings(keyspace).directory().resolve("positions"))) {
      return files.filter(one -> one.toString().endsWith(".properties")).findAny().orElseThrow();
    }
  }

  @Test
  void anEmptiedLogIsAGapEvenWhereNothingWasCapturedBefore() throws IOException {
    String keyspace = keyspace("emptied");
    capture(keyspace);
    write(keyspace, 0, 1);
    awaitKeys(0, 1);
    endCapture();
    withoutProof(keyspace);
    write(keyspace, 100, 130);
    List<Path> segments = segments();
    // But for the two that the node writes to, or will.
    for (Path segment : segments.subList(0, segments.size() - 2)) {
      Files.delete(segment);
    }
    capture(keyspace);
    await().atMost(PATIENCE).until(() -> source.status().condition().state() == FlowState.DEGRADED);
    assertThat(source.status().condition().reason()).contains("deleted segments", "from", "to");
    assertThat(source.status().condition().hint())
        .contains("replicator backfill cassandra/emptied@here [--token-range FROM:TO]");
  }

  /** Of what stands in the log the node may hold the only copy. */
  @Test
  void theFirstWordOfACaptureHoldsReplicatedUpToBackToTheBeginOfTheLog() {
    String keyspace = keyspace("first_word");
    Instant before = Instant.now();
    memory.full = true;
    capture(keyspace);
    await().atMost(PATIENCE).until(() -> source.status().deliveredUpTo().isPresent());
    assertThat(source.status().deliveredUpTo().orElseThrow()).isBefore(before);
    endCapture();
    memory.full = false;
  }

  @Test
  void anEmptyFolderIsNoLogThatIsReadToItsEnd() throws IOException {
    String keyspace = keyspace("unmounted");
    write(keyspace, 0, 1);
    Path mount = Files.createDirectory(node.folder().resolve("mount"));
    CassandraSettings settings = settings(keyspace, node.address(), Optional.of(mount));
    assertThat(found(keyspace, settings, sessions, true))
        .contains("cdc-raw-directory '" + mount + "'", "holds no segments");
    capture(new Selection(keyspace, Optional.empty()), settings);
    await().atMost(PATIENCE).until(() -> source.status().condition().state() == FlowState.BLOCKED);
    assertThat(source.status().condition().reason()).contains(mount.toString());
    assertThat(source.status().condition().hint()).contains("capture.cdc-raw-directory");
    assertThat(source.status().deliveredUpTo()).isEmpty();
    for (Path segment : segments()) {
      Files.createLink(mount.resolve(segment.getFileName()), segment);
    }
    awaitKeys(0, 1);
    await().atMost(PATIENCE).until(() -> source.status().condition().equals(Condition.RUNNING));
    assertThat(found(keyspace, settings, sessions, true)).doesNotContain("holds no segments");
  }

  @Test
  void aNodesOwnCommitLogIsNotTakenForItsCdcRaw() throws IOException {
    String keyspace = keyspace("own_log");
    Path link = Files.createSymbolicLink(node.folder().resolve("link"), node.commitLog());
    CassandraSettings settings = settings(keyspace, node.address(), Optional.of(link));
    assertThatThrownBy(() -> capture(new Selection(keyspace, Optional.empty()), settings))
        .isInstanceOfSatisfying(
            ReplicationException.class,
            e -> assertThat(e.kind()).isEqualTo(ReplicationException.Kind.FATAL))
        .hasMessageContaining("stores.cassandra.capture.cdc-raw-directory '" + link + "'")
        .hasMessageContaining("commitlog_directory");
    assertThat(found(keyspace, settings, sessions, true)).contains("is the node's commitlog_dir");
  }

  @Test
  void aNodeThatDoesNotTellItsSchemaIsClaimedLater() {
    Selection selection = new Selection(keyspace("busy"), Optional.empty());
    CassandraSettings own = settings("busy");
    AtomicBoolean busy = new AtomicBoolean(true);
    NodeLogs logs =
        new NodeLogs(own, () -> timingOut(sessions.node(own.node()), busy), List.of(selection));
    assertThatThrownBy(logs::claim)
        .isInstanceOfSatisfying(
            ReplicationException.class,
            e -> assertThat(e.kind()).isEqualTo(ReplicationException.Kind.BLOCKED))
        .hasMessageContaining(own.node().toString());
    busy.set(false);
    claim = logs.claim();
  }

  @Test
  void aNodeThatTellsItsSchemaAgainIsNotSaidToBeSilentWhileKafkaTakesNothing() {
    Selection selection = new Selection(keyspace("silent"), Optional.empty());
    CassandraSettings own = settings("silent");
    AtomicBoolean busy = new AtomicBoolean();
    NodeLogs logs =
        new NodeLogs(own, () -> timingOut(sessions.node(own.node()), busy), List.of(selection));
    claim = logs.claim();
    source = logs.open("cassandra/silent@here", selection, memory);
    write("silent", 0, 1);
    awaitKeys(0, 1);
    busy.set(true);
    session().execute("ALTER TABLE silent.t ADD w int");
    write("silent", 1, 2);
    await()
        .atMost(PATIENCE)
        .until(() -> source.status().condition().reason().contains("does not tell its schema"));
    memory.full = true;
    busy.set(false);
    await().atMost(PATIENCE).until(() -> source.status().condition().equals(Condition.RUNNING));
    memory.full = false;
    awaitKeys(1, 2);
  }

  /** A session that does not answer while it is busy, but for what is asked first. */
  private static CqlSession timingOut(CqlSession session, AtomicBoolean busy) {
    return (CqlSession)
        Proxy.newProxyInstance(
            LogTest.class.getClassLoader(),
            new Class<?>[] {CqlSession.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("executeAsync") && busy.get()) {
                return CompletableFuture.failedFuture(new DriverTimeoutException("no answer"));
              }
              try {
                return method.invoke(session, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  /** As it was before the node had synced the first change. */
  private static void withoutProof(String keyspace) throws IOException {
    String text = positions(keyspace);
    assertThat(text).contains("proof=");
    Files.writeString(positionFile(keyspace), text.replaceAll("proof=\\d+", "proof=0"));
  }

  @Test
  void whatCannotBeDecodedIsSetAsideAndCaptureGoesOn() throws IOException {
    String keyspace = keyspace("damaged");
    capture(keyspace);
    write(keyspace, 0, 1);
    awaitKeys(0, 1);
    endCapture();
    write(keyspace, 1, 30);
    List<Path> segments = segments();
    // The last one is empty still, and the one before it may be half full.
    Path damaged = segments.get(segments.size() - 3);
    byte[] bytes = Files.readAllBytes(damaged);
    // Flips bits of a value: the entry's checksum tells.
    try (var channel =
        java.nio.channels.FileChannel.open(damaged, java.nio.file.StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), bytes.length / 2);
    }
    capture(keyspace);
    awaitKeys(29, 30);
    assertThat(source.status().condition().state()).isEqualTo(FlowState.DEGRADED);
    assertThat(source.status().condition().reason()).contains(damaged.getFileName().toString());
    assertThat(source.setAside()).isOne();
    assertThat(settings(keyspace).directory().resolve("set-aside").resolve(damaged.getFileName()))
        .exists();
  }

  @Test
  void oneWriteCapturedThreeTimesIsAppliedOnce() throws IOException {
    String keyspace = keyspace("echoes");
    capture(keyspace);
    write(keyspace, 0, 1);
    awaitKeys(0, 1);
    Change first = memory.changes.get(0);
    CassandraApplier applier = applier(keyspace);
    assertThat(applier.apply(first).toCompletableFuture().join()).isEqualTo(Outcome.APPLIED);
    awaitPause();
    memory.changes.clear();
    capture(keyspace); // restarted, it goes on behind the write
    Instant restart = Instant.now();
    await()
        .atMost(PATIENCE)
        .until(() -> source.status().deliveredUpTo().filter(restart::isBefore).isPresent());
    assertThat(memory.changes).isEmpty();
    for (int again = 0; again < 2; again++) {
      // A capture that has lost its position is as another replica's.
      endCapture();
      try (Stream<Path> files = Files.list(settings(keyspace).directory().resolve("positions"))) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      memory.changes.clear();
      capture(keyspace);
      awaitKeys(0, 1);
      Change echo = memory.changes.get(0);
      assertThat(echo.id()).isEqualTo(first.id());
      assertThat(applier.apply(echo).toCompletableFuture().join()).isEqualTo(Outcome.DUPLICATE);
      if (again == 0) {
        awaitPause();
      }
    }
  }

  private static void awaitPause() {
    Instant end = Instant.now().plus(ECHO_PAUSE);
    await().atMost(ECHO_PAUSE.plus(PATIENCE)).until(() -> !Instant.now().isBefore(end));
  }
}
