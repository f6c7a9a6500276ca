package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.Resource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
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
