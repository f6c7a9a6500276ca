package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import io.replicator.cassandra.log.NodeLogs;
import io.replicator.spi.ReplicationException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Settings that cannot be of the node whose log is read. */
class NodePlaceTest {
  /** Of no machine: RFC 5737. */
  private static final NodeAddress ELSEWHERE = new NodeAddress("192.0.2.1", 9042);

  @TempDir private Path folder;

  @Test
  void anAddressOfAnotherMachineNamesBothKeys() {
    assertThat(NodePlace.elsewhere(ELSEWHERE, Optional.empty()))
        .hasValueSatisfying(
            why -> {
              assertThat(why.subject()).isEqualTo("stores.cassandra.capture.node '192.0.2.1:9042'");
              assertThat(why.mend()).contains("stores.cassandra.capture.cdc-raw-directory");
            });
    assertThat(NodePlace.elsewhere(ELSEWHERE, Optional.of(folder))).isEmpty();
  }

  @Test
  void allAddressesOfThisMachineAreItsOwn() throws Exception {
    for (String host : List.of("127.0.0.1", "127.0.0.2", "localhost", "::1")) {
      assertThat(NodePlace.elsewhere(new NodeAddress(host, 9042), Optional.empty())).isEmpty();
    }
    for (NetworkInterface one : NetworkInterface.networkInterfaces().toList()) {
      for (InetAddress own : one.inetAddresses().toList()) {
        NodeAddress address = new NodeAddress(own.getHostAddress(), 9042);
        assertThat(NodePlace.elsewhere(address, Optional.empty())).isEmpty();
      }
    }
  }

  @Test
  void aNodeOfAnotherMachineIsNotEvenAsked() {
    CassandraSettings settings =
        new CassandraSettings(
            List.of(ELSEWHERE),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            DefaultConsistencyLevel.LOCAL_QUORUM,
            true,
            Map.of(),
            ELSEWHERE,
            folder,
            Optional.empty());
    NodeLogs logs =
        new NodeLogs(
            settings,
            () -> {
              throw new AssertionError("asked");
            },
            List.of());
    assertThatThrownBy(logs::claim)
        .isInstanceOfSatisfying(
            ReplicationException.class,
            e -> assertThat(e.kind()).isEqualTo(ReplicationException.Kind.FATAL))
        .hasMessageContaining("stores.cassandra.capture.node '192.0.2.1:9042'");
  }

  @Test
  void aDirectoryWithOtherSegmentsThanTheNodesOwnIsAnotherNodes() throws Exception {
    Path own = Files.createDirectory(folder.resolve("own"));
    Path other = Files.createDirectory(folder.resolve("other"));
    assertThat(placed(other, own)).as("nothing tells").isEmpty();
    Files.writeString(own.resolve("CommitLog-8-1.log"), "");
    Files.writeString(own.resolve("CommitLog-8-3.log"), "");
    assertThat(placed(other, own)).as("not mounted yet").isEmpty();
    Files.writeString(other.resolve("CommitLog-8-2.log"), "");
    Files.writeString(other.resolve("CommitLog-8-3.log"), "");
    assertThat(placed(other, own))
        .hasValueSatisfying(
            why -> {
              assertThat(why.subject())
                  .isEqualTo("stores.cassandra.capture.cdc-raw-directory '" + other + "'");
              assertThat(why.reason()).contains(own.toString(), ELSEWHERE.toString());
              assertThat(why.mend()).contains("stores.cassandra.capture.node");
            });
    assertThat(placed(own, folder.resolve("in a container"))).isEmpty();
    assertThat(placed(Files.createSymbolicLink(folder.resolve("link"), own), own)).isEmpty();
  }

  @Test
  void aDirectoryWithLinksOfTheNodesSegmentsIsItsOwn() throws Exception {
    Path own = Files.createDirectory(folder.resolve("own"));
    Path mount = Files.createDirectory(folder.resolve("mount"));
    Files.writeString(own.resolve("CommitLog-8-1.log"), "");
    Files.writeString(own.resolve("CommitLog-8-2.log"), "");
    Files.createLink(mount.resolve("CommitLog-8-2.log"), own.resolve("CommitLog-8-2.log"));
    assertThat(placed(mount, own)).isEmpty();
  }

  private static Optional<NodePlace.Refusal> placed(Path set, Path told) {
    return NodePlace.of(set, ELSEWHERE, told.toString(), null);
  }
}
