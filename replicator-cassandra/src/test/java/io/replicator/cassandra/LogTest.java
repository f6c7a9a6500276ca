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
import io.replicator.model.Resource;
import io.replicator.spi.Applier.Outcome;
import io.replicator.spi.ChangeSink;
import io.replicator.spi.ChangeSource;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.StoreResource.Door.Claim;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a node's log does to its capture: gaps, damage, restarts, tables that cannot be carried.
 *
 * <p>{@code -Dreplicator.cassandra.echo-pause=60} has the captures of one write stand so many
 * seconds apart, as those of replicas do that were down; without it they follow one another at
 * once.
 */
class LogTest {
  private static final Duration ECHO_PAUSE =
      Duration.ofSeconds(Integer.getInteger("replicator.cassandra.echo-pause", 0));
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int BLOB = 100_000;
  private static CassandraNode node;
  private static Sessions sessions;
  private final Memory memory = new Memory();
  private Claim claim;
  private ChangeSource source;

  /** Keeps what it is offered; durable at once, or never. */
  private static final class Memory implements ChangeSink {
    private final List<Change> changes = new CopyOnWriteArrayList<>();
    private volatile boolean durable = true;
    private volatile boolean full;

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

  private static String keyspace(String name) {
    session()
        .execute(
            "CREATE KEYSPACE "
                + name
                + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    session().execute("CREATE TABLE " + name + ".t (k int PRIMARY KEY, v blob) WITH cdc = true");
    return name;
  }

  private static CqlSession session() {
    return node.session();
  }

  private void capture(String keyspace) {
    capture(new Selection(keyspace, Optional.empty()));
  }

  private void capture(Selection selection) {
    capture(selection, settings(selection.keyspace()));
  }

  private void capture(Selection selection, CassandraSettings own) {
    String keyspace = selection.keyspace();
    endCapture();
    NodeLogs logs = new NodeLogs(own, () -> sessions.node(own.node()), List.of(selection));
    claim = logs.claim();
    source = logs.open("cassandra/" + keyspace + "@here", selection, memory);
  }

  private static CassandraSettings settings(String keyspace) {
    return settings(keyspace, node.address(), Optional.empty());
  }

  private static CassandraSettings settings(
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

  private static void write(String keyspace, int from, int to) {
    for (int k = from; k < to; k++) {
      session()
          .execute(
              "INSERT INTO " + keyspace + ".t (k, v) VALUES (?, ?)", k, ByteBuffer.allocate(BLOB));
    }
  }

  private void awaitKeys(int from, int to) {
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                memory
                    .keys()
                    .containsAll(Stream.iterate(from, k -> k + 1).limit(to - from).toList()));
  }

  private List<Path> segments() throws IOException {
    try (Stream<Path> files = Files.list(node.cdcDirectory())) {
      return files.filter(file -> file.toString().endsWith(".log")).sorted().toList();
    }
  }

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
        .contains("cdc-raw-directory '" + mount + "'", "is empty");
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
    assertThat(found(keyspace, settings, sessions, true)).doesNotContain("is empty");
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
  void checkHoldsGraceAgainstTheTopicsOwnRetention() {
    keyspace("grace"); // with the ten days that Cassandra gives
    assertThat(graceFound(Duration.ofDays(9))).isEmpty();
    assertThat(graceFound(Duration.ofDays(11)))
        .singleElement()
        .asString()
        .contains("gc_grace_seconds = 950400");
  }

  @Test
  void checkTellsAKeyspaceWithoutTablesFromOneThatIsMissing() {
    session()
        .execute(
            "CREATE KEYSPACE IF NOT EXISTS bare WITH replication = {'class': 'SimpleStrategy',"
                + " 'replication_factor': 1}");
    assertThat(found("bare", settings("bare"), sessions)).contains("has no tables yet");
    assertThat(found("nowhere", settings("nowhere"), sessions)).contains("the keyspace is missing");
  }

  @Test
  void checkNamesKeyAndValueOfATableThatIsMissing() {
    keyspace("known");
    assertThat(found("knwon", settings("known"), sessions))
        .contains("stores.cassandra.resources.resource.tables 'knwon.*'")
        .contains("the keyspace is missing; did you mean 'known'?")
        .doesNotContain("system");
  }

  @Test
  void checkNamesANodeOfAnotherMachine() {
    NodeAddress elsewhere = new NodeAddress("192.0.2.1", 9042);
    assertThat(found("bare", settings("bare", elsewhere, Optional.empty()), sessions, true))
        .contains("WARNING", "capture.node '192.0.2.1:9042'", "capture refuses to start here");
  }

  @Test
  void checkNamesADatacenterThatNoNodeIsInAndOneThatIsNotSet() {
    CassandraSettings wrong = elsewhere(settings("bare").contactPoints(), Optional.of("mars"));
    try (Sessions there = new Sessions(wrong)) {
      assertThat(found("bare", wrong, there))
          .contains("stores.cassandra.datacenter 'mars'", "[datacenter1]");
    }
    CassandraSettings none =
        elsewhere(
            settings("bare").contactPoints(),
            Optional.empty(),
            Map.of("basic.load-balancing-policy.class", "DefaultLoadBalancingPolicy"));
    try (Sessions there = new Sessions(none)) {
      assertThat(found("bare", none, there))
          .contains("stores.cassandra.datacenter, which is not set", "datacenter1");
    }
  }

  @Test
  void checkNamesEachContactPointWhereNobodyListens() {
    NodeAddress good = settings("bare").contactPoints().get(0);
    NodeAddress refusing = new NodeAddress("127.0.0.1", 1);
    NodeAddress unknown = new NodeAddress("nowhere.invalid", 9042);
    CassandraSettings wrong = elsewhere(List.of(refusing, unknown), Optional.empty());
    try (Sessions there = new Sessions(wrong)) {
      assertThat(found("bare", wrong, there))
          .contains("ERROR", "stores.cassandra.contact-points '127.0.0.1:1', detail=nobody listens")
          .contains("'nowhere.invalid:9042', detail=the name nowhere.invalid is not known")
          .doesNotContain("null", "getAllErrors", "unresolved");
    }
    CassandraSettings half = elsewhere(List.of(refusing, good), Optional.empty());
    try (Sessions there = new Sessions(half)) {
      assertThat(found("bare", half, there))
          .contains("WARNING", "'127.0.0.1:1'", "has no tables yet")
          .doesNotContain("ERROR");
    }
  }

  @Test
  void checkSaysOfAPortThatIsAnothersWhoseItMayBe() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread closing =
          new Thread(
              () -> {
                while (!other.isClosed()) {
                  try {
                    other.accept().close();
                  } catch (IOException e) {
                    return; // the end of the test
                  }
                }
              });
      closing.setDaemon(true);
      closing.start();
      NodeAddress point = new NodeAddress("127.0.0.1", other.getLocalPort());
      CassandraSettings wrong = elsewhere(List.of(point), Optional.empty());
      try (Sessions there = new Sessions(wrong)) {
        assertThat(found("bare", wrong, there))
            .contains("stores.cassandra.contact-points '" + point + "'", "native_transport_port");
      }
    }
  }

  private static CassandraSettings elsewhere(
      List<NodeAddress> points, Optional<String> datacenter) {
    return elsewhere(points, datacenter, settings("bare").driver());
  }

  private static CassandraSettings elsewhere(
      List<NodeAddress> points, Optional<String> datacenter, Map<String, String> driver) {
    CassandraSettings own = settings("bare");
    return new CassandraSettings(
        points,
        datacenter,
        own.user(),
        own.password(),
        own.consistency(),
        own.createMarkers(),
        driver,
        own.node(),
        own.directory(),
        own.cdcDirectory());
  }

  private static String found(String keyspace, CassandraSettings settings, Sessions there) {
    return found(keyspace, settings, there, false);
  }

  private static String found(
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

  private static List<String> graceFound(Duration retention) {
    return new CassandraCheck(
            new Resource("cassandra", "resource"),
            new Selection("grace", Optional.empty()),
            settings("grace"),
            sessions,
            true,
            retention,
            InstantSource.system())
        .findings().stream()
            .map(finding -> finding.mend())
            .filter(mend -> mend.startsWith("ALTER TABLE"))
            .toList();
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
  void tablesThatCannotBeReplicatedStopNoOtherOfTheirKeyspace() {
    String keyspace = keyspace("refused");
    session()
        .execute(
            "CREATE TABLE refused.listed (k int PRIMARY KEY, tags list<text>) WITH cdc = true");
    session()
        .execute("CREATE TABLE refused.counted (k int PRIMARY KEY, n counter) WITH cdc = true");
    session().execute("UPDATE refused.counted SET n = n + 1 WHERE k = 1");
    capture(keyspace);
    write(keyspace, 0, 2);
    awaitKeys(0, 2);

    Condition condition = source.status().condition();
    assertThat(condition.state()).isEqualTo(FlowState.DEGRADED);
    assertThat(condition.reason()).contains("refused.listed.tags", "refused.counted.n");
    source.acceptGap();
    assertThat(source.status().condition()).isEqualTo(condition);

    session().execute("ALTER TABLE refused.counted WITH cdc = false");
    session().execute("DROP TABLE refused.listed");
    write(keyspace, 2, 3);
    await().atMost(PATIENCE).until(() -> source.status().condition().equals(Condition.RUNNING));
  }

  @Test
  void aTypeWhoseClassOnlyTheNodeHasStopsNoOtherTable() {
    String keyspace = keyspace("custom");
    String type = "'" + CustomType.NAME + "'";
    session().execute("CREATE TYPE custom.price (amount " + type + ")");
    session()
        .execute("CREATE TABLE custom.bills (k int PRIMARY KEY, m " + type + ") WITH cdc = true");
    session().execute("CREATE TABLE custom.notes (k int PRIMARY KEY, m " + type + ")");
    capture(keyspace);
    session()
        .execute("CREATE TABLE custom.deals (k int PRIMARY KEY, p frozen<price>) WITH cdc = true");
    for (String table : List.of("bills", "notes")) {
      session().execute("INSERT INTO custom." + table + " (k, m) VALUES (7, 0x31)");
    }
    write(keyspace, 0, 2);
    awaitKeys(0, 2);
    assertThat(memory.keys()).doesNotContain(7);

    assertThat(source.status().condition().reason())
        .contains("what was written to custom.bills from", "is missing", type);
    source.acceptGap();
    Condition condition = source.status().condition();
    assertThat(condition.state()).isEqualTo(FlowState.DEGRADED);
    assertThat(condition.reason())
        .contains("custom.bills.m is made of " + type, "custom.deals is of the type price")
        .doesNotContain("custom.notes");

    session().execute("ALTER TABLE custom.bills WITH cdc = false");
    session().execute("DROP TABLE custom.deals");
    write(keyspace, 2, 3);
    await().atMost(PATIENCE).until(() -> source.status().condition().equals(Condition.RUNNING));
  }

  @Test
  void aFlowOfATableThatCannotBeReplicatedIsRefusedWithItsColumn() {
    keyspace("named");
    session().execute("CREATE TABLE named.hits (k int PRIMARY KEY, n counter) WITH cdc = true");
    assertThatThrownBy(() -> capture(new Selection("named", Optional.of("hits"))))
        .isInstanceOfSatisfying(
            ReplicationException.class,
            e -> assertThat(e.kind()).isEqualTo(ReplicationException.Kind.FATAL))
        .hasMessageContaining("named.hits.n");
  }

  @Test
  void aTableThatJoinsLaterAndColumnsAddedWhileNobodyReadsAreCaptured() {
    String keyspace = keyspace("joins");
    capture(keyspace);
    write(keyspace, 0, 1);
    awaitKeys(0, 1);
    session().execute("CREATE TABLE joins.later (k int PRIMARY KEY, v int) WITH cdc = false");
    session().execute("INSERT INTO joins.later (k, v) VALUES (50, 1)");
    session().execute("ALTER TABLE joins.later WITH cdc = true");
    session().execute("INSERT INTO joins.later (k, v) VALUES (51, 1)");
    awaitKeys(51, 52);
    endCapture();
    session().execute("ALTER TABLE joins.later ADD w text");
    session().execute("INSERT INTO joins.later (k, v, w) VALUES (52, 1, 'x')");
    session().execute("ALTER TABLE joins.later DROP v");
    session().execute("INSERT INTO joins.later (k, w) VALUES (53, 'x')");
    write(keyspace, 60, 61);
    session().execute("DROP TABLE joins.t");
    session().execute("CREATE TABLE joins.t (k int PRIMARY KEY, v blob) WITH cdc = true");
    write(keyspace, 54, 55);
    assertThat(memory.keys()).doesNotContain(60);
    capture(keyspace);
    awaitKeys(51, 55);
    assertThat(source.status().condition()).isEqualTo(Condition.RUNNING);
    assertThat(source.passedOver()).as("the write to what was dropped").isOne();
  }

  @Test
  void whatWasWrittenBeforeATableWasTakenOutIsCapturedWheneverItIsRead() {
    String keyspace = keyspace("taken_out");
    session().execute("CREATE TABLE taken_out.other (k int PRIMARY KEY, v int) WITH cdc = true");
    capture(keyspace);
    write(keyspace, 0, 1);
    awaitKeys(0, 1);
    endCapture();
    write(keyspace, 1, 3);
    session().execute("ALTER TABLE taken_out.t WITH cdc = false");
    write(keyspace, 3, 5);
    session().execute("INSERT INTO taken_out.other (k, v) VALUES (9, 1)");
    // One life sees what the table is now, and leaves the log to the next.
    CassandraSettings own = settings(keyspace);
    Selection selection = new Selection(keyspace, Optional.empty());
    new NodeLogs(own, () -> sessions.node(own.node()), List.of(selection)).claim().close();
    capture(keyspace);
    awaitKeys(9, 10);
    assertThat(memory.keys()).contains(1, 2).doesNotContain(3, 4);
  }

  @Test
  void aRenamedKeyIsCapturedByItsNewName() {
    String keyspace = keyspace("renamed");
    capture(keyspace);
    write(keyspace, 0, 1);
    awaitKeys(0, 1);
    session().execute("ALTER TABLE renamed.t RENAME k TO id");
    session().execute("INSERT INTO renamed.t (id, v) VALUES (1, 0x00)");
    awaitKeys(1, 2);
    Change last = memory.changes.get(memory.changes.size() - 1);
    assertThat(MutationFormat.decode(last.payload()).columns())
        .extracting(TableMutation.Column::name)
        .contains("id")
        .doesNotContain("k");
  }

  @Test
  void aBatchWithATableThatIsGoneIsNoSilentLoss() {
    String keyspace = keyspace("torn");
    capture(keyspace);
    write(keyspace, 0, 1);
    awaitKeys(0, 1);
    endCapture();
    session().execute("CREATE TABLE torn.brief (k int PRIMARY KEY, v int) WITH cdc = true");
    session()
        .execute(
            "BEGIN BATCH INSERT INTO torn.t (k, v) VALUES (1, 0x00); INSERT INTO torn.brief (k, v)"
                + " VALUES (1, 1); APPLY BATCH");
    session().execute("DROP TABLE torn.brief");
    write(keyspace, 2, 3);
    capture(keyspace);
    awaitKeys(2, 3);
    assertThat(source.status().condition().state()).isEqualTo(FlowState.DEGRADED);
    assertThat(source.status().condition().reason()).contains("dropped table", "between", "batch");
  }

  @Test
  void aTableThatWasDroppedWhileNobodyReadTakesNothingWithIt() throws IOException {
    String keyspace = keyspace("kept_schema");
    session().execute("CREATE TYPE kept_schema.place (town text, door int)");
    for (int i = 0; i < 6; i++) {
      session()
          .execute(
              "CREATE TABLE kept_schema.brief"
                  + i
                  + " (k int, c text, home frozen<place>, named map<text, frozen<tuple<int, text>>>,"
                  + " near vector<float, 3>, gone frozen<place>, PRIMARY KEY (k, c))"
                  + " WITH CLUSTERING ORDER BY (c DESC) AND cdc = true");
      session().execute("ALTER TABLE kept_schema.brief" + i + " DROP gone");
    }
    capture(keyspace);
    write(keyspace, 0, 1);
    awaitKeys(0, 1);
    endCapture();
    // The tables of an entry stand in the order of their ids' hashes: in some it is the first.
    for (int i = 0; i < 6; i++) {
      String brief = "kept_schema.brief" + i;
      session()
          .execute(
              "BEGIN UNLOGGED BATCH INSERT INTO kept_schema.t (k, v) VALUES (%d, 0x01); INSERT INTO %s (k, c, home, named, near) VALUES (%d, 'a', {town: 'x', door: 1}, {'n': (1, 'y')}, [1, 2, 3]); APPLY BATCH"
                  .formatted(100 + i, brief, 100 + i));
      session().execute("DROP TABLE " + brief);
    }
    session().execute("DROP TYPE kept_schema.place");
    // Of another table, and half of it alone: no reason to read nothing.
    Files.writeString(
        settings(keyspace)
            .directory()
            .resolve("schemas")
            .resolve(UUID.randomUUID() + ".properties"),
        "format=1\nkeyspace=kept_schema\n");
    capture(keyspace);
    awaitKeys(100, 106);
    assertThat(source.status().condition()).isEqualTo(Condition.RUNNING);
  }

  @Test
  void whatWasAppliedToATableThatIsGoneIsNoLoss() {
    String keyspace = keyspace("marked");
    capture(keyspace);
    write(keyspace, 0, 1);
    awaitKeys(0, 1);
    endCapture();
    session().execute(MarkerTable.create(keyspace));
    // The tables of an entry stand in the order of their ids' hashes: in some the marker is last.
    for (int i = 0; i < 6; i++) {
      String brief = "marked.brief" + i;
      session().execute("CREATE TABLE " + brief + " (k blob PRIMARY KEY, v int) WITH cdc = true");
      session()
          .execute(
              "BEGIN UNLOGGED BATCH DELETE FROM marked.repl_marker WHERE pk = 0x01; INSERT INTO "
                  + brief
                  + " (k, v) VALUES (0x01, 1); APPLY BATCH");
      session().execute("DROP TABLE " + brief);
    }
    write(keyspace, 2, 3);
    capture(keyspace);
    awaitKeys(2, 3);
    assertThat(source.status().condition()).isEqualTo(Condition.RUNNING);
  }

  @Test
  void aCounterTableThatJoinsLaterIsNamed() {
    String keyspace = keyspace("counting");
    capture(keyspace);
    session().execute("CREATE TABLE counting.hits (k int PRIMARY KEY, n counter) WITH cdc = true");
    session().execute("UPDATE counting.hits SET n = n + 1 WHERE k = 1");
    await().atMost(PATIENCE).until(() -> source.status().condition().state() == FlowState.DEGRADED);
    assertThat(source.status().condition().reason()).contains("counting.hits");
    write(keyspace, 1, 2);
    awaitKeys(1, 2);
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

  @Test
  void aMarkerTableHasTheSameIdWhereverAndHoweverOftenItIsCreated() {
    String keyspace = keyspace("markers");
    MarkerCreations markers = new MarkerCreations();
    Set<UUID> ids = new HashSet<>();
    for (int i = 0; i < 2; i++) {
      markers.create(session(), keyspace).toCompletableFuture().join();
      markers.create(session(), keyspace).toCompletableFuture().join();
      ids.add(
          session()
              .execute(
                  "SELECT id FROM system_schema.tables WHERE keyspace_name = ? AND table_name = ?",
                  keyspace,
                  Selection.MARKER)
              .one()
              .getUuid(0));
      session().execute(MarkerTable.mark(keyspace), ByteBuffer.allocate(1));
      session().execute("DROP TABLE " + Selection.marker(keyspace).cql());
    }
    assertThat(ids).hasSize(1);
  }

  @Test
  void aFrozenTypeWhoseFieldsStandInAnotherOrderIsWaitedFor() {
    String keyspace = keyspace("typed");
    homes("(town text, street text)");
    capture(keyspace);
    session()
        .execute(
            "INSERT INTO typed.homes (k, home, all) VALUES (7, {town: 'a', street: 'b'}, {'x':"
                + " {town: 'c'}})");
    awaitKeys(7, 8);
    Change change = memory.changes.get(memory.changes.size() - 1);
    CassandraApplier applier = applier(keyspace);
    // The node is its own other region, where the type was created otherwise.
    session().execute("DROP TABLE typed.homes");
    session().execute("DROP TYPE typed.place");
    homes("(street text, town text)");
    assertThatThrownBy(() -> applier.apply(change).toCompletableFuture().join())
        .cause()
        .isInstanceOfSatisfying(
            ReplicationException.class,
            e -> assertThat(e.kind()).isEqualTo(ReplicationException.Kind.SCHEMA))
        .hasMessage(
            "the type typed.place is (street text, town text) here and (town text, street text) at"
                + " the origin");
    session().execute("DROP TABLE typed.homes");
    session().execute("DROP TYPE typed.place");
    homes("(town text, street text)");
    session().execute("ALTER TYPE typed.place ADD zip int");
    assertThat(applier(keyspace).apply(change).toCompletableFuture().join())
        .isEqualTo(Outcome.APPLIED);
    assertThat(
            session()
                .execute("SELECT home.town, home.street, all FROM typed.homes")
                .one()
                .getFormattedContents())
        .contains("'a'", "'b'", "{'x':{town:'c',street:NULL,zip:NULL}}");
  }

  @Test
  void theStatementsThatAreToldLetAChangeInThatWaitsForTypes() {
    String keyspace = keyspace("told");
    session().execute("CREATE TYPE told.geo (lat int)");
    session().execute("CREATE TYPE told.address (street text, place frozen<geo>)");
    session()
        .execute(
            "CREATE TABLE told.homes (k int PRIMARY KEY, home frozen<address>, all map<text,"
                + " frozen<address>>) WITH cdc = true");
    capture(keyspace);
    session()
        .execute(
            "INSERT INTO told.homes (k, home, all) VALUES (7, {street: 'a', place: {lat: 1}}, {'x':"
                + " {street: 'b'}})");
    awaitKeys(7, 8);
    Change change = memory.changes.get(memory.changes.size() - 1);
    // The node is its own other region, where nothing of it is there.
    session().execute("DROP TABLE told.homes");
    session().execute("DROP TYPE told.address");
    session().execute("DROP TYPE told.geo");
    appliesOnceItsHintWasRun(keyspace, change);
    // A shorter type and a table without a column.
    session().execute("DROP TABLE told.homes");
    session().execute("DROP TYPE told.address");
    session().execute("DROP TYPE told.geo");
    session().execute("CREATE TYPE told.address (street text)");
    session().execute("CREATE TABLE told.homes (k int PRIMARY KEY, home frozen<address>)");
    appliesOnceItsHintWasRun(keyspace, change);
    assertThat(
            session()
                .execute("SELECT home, all FROM told.homes WHERE k = 7")
                .one()
                .getFormattedContents())
        .contains("{street:'a',place:{lat:1}}", "{'x':{street:'b',place:NULL}}");
  }

  private static void appliesOnceItsHintWasRun(String keyspace, Change change) {
    assertThatThrownBy(() -> apply(applier(keyspace), change))
        .cause()
        .isInstanceOfSatisfying(
            ReplicationException.class,
            waits ->
                Pattern.compile("(CREATE|ALTER) .*?(?=; |, and )")
                    .matcher(waits.hint())
                    .results()
                    .forEach(statement -> session().execute(statement.group())));
    assertThat(apply(applier(keyspace), change)).isEqualTo(Outcome.APPLIED);
  }

  private static void homes(String fields) {
    session().execute("CREATE TYPE typed.place " + fields);
    session()
        .execute(
            "CREATE TABLE typed.homes (k int PRIMARY KEY, home frozen<place>, all map<text,"
                + " frozen<place>>) WITH cdc = true");
  }

  private static CassandraApplier applier(String keyspace) {
    return new CassandraApplier(
        sessions.cluster().toCompletableFuture().join(),
        sessions.markers(),
        settings(keyspace),
        "cassandra/" + keyspace + "@there",
        InstantSource.system());
  }

  @Test
  void whatComesLateForADroppedTableDoesNotEnterItsSuccessor() {
    String keyspace = keyspace("lives");
    capture(keyspace);
    write(keyspace, 0, 40);
    awaitKeys(0, 40);
    List<Change> late = List.copyOf(memory.changes);
    CassandraApplier applier = applier(keyspace);
    assertThat(apply(applier, late.get(0))).isEqualTo(Outcome.APPLIED);
    // The node is its own other region.
    session().execute("DROP TABLE lives.t");
    session().execute("CREATE TABLE lives.t (k int PRIMARY KEY, v blob) WITH cdc = true");
    Iterator<Change> rest = late.subList(1, 30).iterator();
    await() // until it is known here
        .atMost(PATIENCE)
        .until(() -> isRefused(() -> apply(applier, rest.next())));
    session().execute("TRUNCATE lives.t");
    for (Change change : late.subList(30, 39)) {
      assertThatThrownBy(() -> apply(applier, change))
          .hasMessageContaining("before lives.t was dropped here");
    }

    write(keyspace, 50, 51);
    awaitKeys(50, 51);
    assertThat(apply(applier, memory.changes.get(memory.changes.size() - 1)))
        .isEqualTo(Outcome.APPLIED);
    assertThat(apply(applier, late.get(39))).isEqualTo(Outcome.SUPERSEDED);
    assertThat(session().execute("SELECT k FROM lives.t").all())
        .extracting(row -> row.getInt(0))
        .containsExactly(50);
  }

  private static Outcome apply(CassandraApplier applier, Change change) {
    return applier.apply(change).toCompletableFuture().join();
  }

  private static boolean isRefused(Runnable apply) {
    try {
      apply.run();
      return false;
    } catch (CompletionException e) {
      return e.getCause() instanceof ReplicationException refused
          && refused.kind() == ReplicationException.Kind.POISON;
    }
  }

  private static void awaitPause() {
    Instant end = Instant.now().plus(ECHO_PAUSE);
    await().atMost(ECHO_PAUSE.plus(PATIENCE)).until(() -> !Instant.now().isBefore(end));
  }
}
