package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import io.replicator.cassandra.log.NodeLogs;
import io.replicator.spi.ReplicationException;
import java.net.InetAddress;
import java.net.NetworkInterface;
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
}
