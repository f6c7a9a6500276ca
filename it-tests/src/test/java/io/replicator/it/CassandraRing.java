package io.replicator.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import io.replicator.deploy.process.Server;
import io.replicator.deploy.sandbox.CassandraServer;
import io.replicator.deploy.sandbox.CqlClient;
import io.replicator.deploy.sandbox.SandboxRegion;
import io.replicator.deploy.status.AgentConnection;
import io.replicator.deploy.status.AgentStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A region's Cassandra, grown to three nodes of one cluster that each hold every row, with a
 * capture beside each. The first node is the region's own, and the one that its agent is told of.
 */
final class CassandraRing implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** The ring's thirds; the region's own node has the first. */
  private static final List<Long> TOKENS =
      List.of(0L, Long.MAX_VALUE / 3 * 2, -(Long.MAX_VALUE / 3 * 2));

  private final List<CassandraServer> nodes = new ArrayList<>();

  private CassandraRing(CassandraServer first) {
    nodes.add(first);
  }

  /**
   * Starts two more nodes beside a region's own and a capture beside each, and has all three hold
   * the keyspace.
   */
  static CassandraRing around(SandboxRegion region) throws IOException, InterruptedException {
    CassandraServer first = region.cassandra().orElseThrow();
    CassandraRing ring = new CassandraRing(first);
    try {
      for (int number = 1; number < TOKENS.size(); number++) {
        ring.join(region, number);
      }
      ring.hold();
      for (CassandraServer node : ring.others()) {
        node.capture().start();
      }
      for (CassandraServer node : ring.others()) {
        node.capture().awaitReady(PATIENCE);
      }
    } catch (IOException | InterruptedException | RuntimeException e) {
      ring.close();
      throw e;
    }
    return ring;
  }

  private void join(SandboxRegion region, int number) throws IOException, InterruptedException {
    CassandraServer first = nodes.get(0);
    Path home = folder(first);
    Path folder = Files.createDirectory(home.resolve("node-" + (number + 1)));
    Path configuration = folder.resolve("capture.yaml");
    CassandraServer node = new CassandraServer(folder, region.name(), configuration);
    nodes.add(node);
    Files.writeString(
        configuration,
        Files.readString(region.agent().configuration())
            .replace("127.0.0.1:" + first.port(), "127.0.0.1:" + node.port())
            .replace(
                home.resolve("cassandra-capture").toString(),
                folder.resolve("cassandra-capture").toString()));
    // The cluster has its schema from the first node: two that create a table create two.
    Files.writeString(folder.resolve("cassandra.cql"), "");
    Path yaml = folder.resolve("cassandra.yaml");
    Files.writeString(
        yaml,
        Files.readString(yaml)
            .replaceAll("parameters: .*", seeds(home.resolve("cassandra.yaml")))
            .replace("initial_token: 0", "initial_token: " + TOKENS.get(number)));
    node.node().start();
    node.node().awaitReady(PATIENCE);
  }

  private static String seeds(Path yaml) throws IOException {
    return Files.readAllLines(yaml).stream()
        .map(String::strip)
        .filter(line -> line.startsWith("parameters: "))
        .findFirst()
        .orElseThrow();
  }

  private void hold() {
    try (CqlSession session = CqlClient.open(nodes.get(0).port())) {
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  session.execute("SELECT host_id, tokens FROM system.peers_v2").all().stream()
                              .filter(peer -> !peer.isNull("tokens"))
                              .count()
                          == nodes.size() - 1
                      && session.checkSchemaAgreement());
      session.execute(
          "ALTER KEYSPACE "
              + CassandraServer.KEYSPACE
              + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': "
              + nodes.size()
              + "}");
      await().atMost(PATIENCE).until(session::checkSchemaAgreement);
    }
  }

  /** Opens a client that finds all nodes, with a consistency of its own. */
  CqlSession open(ConsistencyLevel consistency) {
    return CqlSession.builder()
        .addContactPoint(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), nodes.get(0).port()))
        .withLocalDatacenter("datacenter1")
        .withConfigLoader(
            DriverConfigLoader.programmaticBuilder()
                .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, Duration.ofMinutes(1))
                .withDuration(
                    DefaultDriverOption.CONNECTION_INIT_QUERY_TIMEOUT, Duration.ofMinutes(1))
                .withDuration(DefaultDriverOption.HEARTBEAT_TIMEOUT, Duration.ofMinutes(1))
                .withDuration(DefaultDriverOption.CONTROL_CONNECTION_TIMEOUT, Duration.ofMinutes(1))
                .withBoolean(DefaultDriverOption.METADATA_SCHEMA_ENABLED, false)
                .withString(DefaultDriverOption.REQUEST_CONSISTENCY, consistency.name())
                .build())
        .build();
  }

  /** Returns a node's process: 1 is the region's own. */
  Server node(int number) {
    return nodes.get(number - 1).node();
  }

  /** Waits until others keep on disk what a node that is down has missed. */
  void awaitHints() {
    await().atMost(PATIENCE).until(() -> hints() > 0);
  }

  /** Waits until no node has kept anything for another for longer than they gather it. */
  void awaitNoHints() {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofSeconds(1))
        .during(Duration.ofSeconds(15)) // they are written to disk every ten
        .until(() -> hints() == 0);
  }

  /** Returns how many bytes of hints lie on the disks of all nodes. */
  long hints() throws IOException {
    long bytes = 0;
    for (CassandraServer node : nodes) {
      try (Stream<Path> files = Files.list(folder(node).resolve("cassandra").resolve("hints"))) {
        for (Path file : files.filter(one -> one.toString().endsWith(".hints")).toList()) {
          bytes += size(file);
        }
      }
    }
    return bytes;
  }

  private static long size(Path hints) throws IOException {
    try {
      return Files.size(hints);
    } catch (NoSuchFileException e) {
      return 0; // delivered while we looked
    }
  }

  /** Asserts that every capture runs its flow, and lost nothing. */
  void assertCapturesRun() {
    for (CassandraServer node : nodes) {
      try (AgentConnection capture = new AgentConnection(node.captureJmxUrl(), Map.of())) {
        assertThat(capture.read())
            .isInstanceOfSatisfying(
                AgentStatus.Answered.class,
                answered ->
                    assertThat(answered.flows())
                        .singleElement()
                        .satisfies(
                            flow ->
                                assertThat(flow.text("State"))
                                    .as(flow.text("Reason"))
                                    .isEqualTo("RUNNING")));
      }
    }
  }

  private List<CassandraServer> others() {
    return nodes.subList(1, nodes.size());
  }

  private static Path folder(CassandraServer node) {
    return node.node().log().toAbsolutePath().getParent();
  }

  /** Ends what was added to the region; its own node is the region's. */
  @Override
  public void close() {
    others().forEach(node -> node.capture().stop());
    others().forEach(node -> node.node().kill());
  }
}
