package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicator.cassandra.log.NodeLogs;
import io.replicator.model.Resource;
import io.replicator.spi.Finding.Level;
import io.replicator.spi.ReplicationException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What {@code check} tells of a node and of a configuration for it. */
class NodeCheckTest extends OneNode {
  @BeforeAll
  static void makeAKeyspaceWithoutTables() {
    session()
        .execute(
            "CREATE KEYSPACE IF NOT EXISTS bare WITH replication = {'class': 'SimpleStrategy',"
                + " 'replication_factor': 1}");
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
        .contains("WARNING", "capture.node '192.0.2.1:9042'", "capture refuses to start here")
        .contains("disk space of cdc_raw, detail=is the business of the machine")
        .doesNotContain("MiB left");
  }

  @Test
  void checkSaysOfAFolderWithOtherFilesThatItHoldsNoSegments() throws IOException {
    Path other = Files.createDirectory(node.folder().resolve("files"));
    Files.writeString(other.resolve("report.txt"), "text");
    assertThat(found("bare", settings("bare", node.address(), Optional.of(other)), sessions, true))
        .contains("cdc-raw-directory '" + other + "', detail=holds no segments: a node");
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

  @Test
  void aSecondCaptureOfANodeIsRefusedWhateverDirectoryItIsToldOf() throws IOException {
    capture("bare");
    Selection all = new Selection("bare", Optional.empty());
    Path away = Files.createDirectory(node.folder().resolve("away"));
    for (Optional<Path> directory : List.of(Optional.<Path>empty(), Optional.of(away))) {
      CassandraSettings own = settings("bare", node.address(), directory);
      NodeLogs second = new NodeLogs(own, () -> sessions.node(own.node()), List.of(all));
      assertThatThrownBy(second::claim)
          .isInstanceOfSatisfying(
              ReplicationException.class,
              e -> {
                assertThat(e.kind()).isEqualTo(ReplicationException.Kind.FATAL);
                assertThat(e.hint()).contains("stop the other one", "capture.node");
              })
          .hasMessageContaining("process " + ProcessHandle.current().pid() + " on ")
          .hasMessageContaining(settings("bare").directory().toString());
    }
    endCapture();
    capture(all, settings("bare", node.address(), Optional.of(away)));
  }

  @Test
  void checkAndCaptureTellADirectoryThatIsMissing() {
    CassandraSettings missing =
        settings("bare", node.address(), Optional.of(node.folder().resolve("nowhere")));
    assertThat(found("bare", missing, sessions, true))
        .contains("ERROR", "cdc-raw-directory '" + node.folder().resolve("nowhere") + "'")
        .contains("does not exist on this machine", "mount the node's cdc_raw_directory");
    NodeAddress silent = new NodeAddress("127.0.0.1", 1);
    CassandraSettings elsewhere =
        settings("bare", silent, Optional.of(node.folder().resolve("nowhere")));
    assertThat(found("bare", elsewhere, sessions, true))
        .contains("UNTRIED", "WARNING", "run check on each node")
        .doesNotContain("ERROR");
    assertThatThrownBy(() -> capture(new Selection("bare", Optional.empty()), missing))
        .hasMessageContaining(node.folder().resolve("nowhere") + " does not exist");
  }

  @Test
  void checkAndCaptureTellADirectoryThatIsAnotherNodes() throws IOException {
    Path other = Files.createDirectory(node.folder().resolve("other"));
    Files.writeString(other.resolve("CommitLog-8-1.log"), "");
    CassandraSettings wrong = settings("bare", node.address(), Optional.of(other));
    assertThat(found("bare", wrong, sessions, true))
        .contains("ERROR", "cdc-raw-directory '" + other + "'", "the log of another node")
        .contains(node.cdcDirectory().toString());
    assertThatThrownBy(() -> capture(new Selection("bare", Optional.empty()), wrong))
        .hasMessageContaining("the log of another node");
    assertThat(found("bare", settings("bare"), sessions, true)).doesNotContain("cdc-raw-directory");
  }

  @Test
  void checkHoldsTheClockOfTheCapturesOwnNodeAgainstThisMachines() {
    InstantSource ahead = InstantSource.offset(InstantSource.system(), Duration.ofHours(1));
    for (boolean captures : List.of(true, false)) {
      assertThat(
              new CassandraCheck(
                      new Resource("cassandra", "resource"),
                      new Selection("bare", Optional.empty()),
                      settings("bare"),
                      sessions,
                      captures,
                      Duration.ofDays(1),
                      ahead)
                  .findings())
          .filteredOn(finding -> finding.detail().startsWith("its clock is 3"))
          .singleElement()
          .extracting(finding -> finding.subject())
          .asString()
          .startsWith(
              captures
                  ? "stores.cassandra.capture.node '" + node.address()
                  : "cassandra cluster at ");
    }
  }

  @Test
  void checkSaysOfADirectoryThatItMayNotReadWhoMay() {
    for (Optional<Path> set : List.of(Optional.<Path>empty(), Optional.of(node.cdcDirectory()))) {
      SegmentsCheck check =
          new SegmentsCheck(set, node.cdcDirectory().toString(), true, node.cdcDirectory()::equals);
      assertThat(check.findings(true))
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.level()).isEqualTo(Level.UNTRIED);
                assertThat(finding.detail()).isEqualTo("cannot be read by this user");
                assertThat(finding.mend()).isEqualTo("run check as the capture's user");
              });
    }
    assertThat(
            new SegmentsCheck(Optional.empty(), node.cdcDirectory().toString(), true)
                .findings(true))
        .singleElement()
        .satisfies(finding -> assertThat(finding.subject()).isEqualTo("disk space of cdc_raw"));
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
}
