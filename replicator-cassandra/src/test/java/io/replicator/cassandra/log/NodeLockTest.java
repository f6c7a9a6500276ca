package io.replicator.cassandra.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.replicator.cassandra.NodeAddress;
import io.replicator.spi.ReplicationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of a lock that cannot be taken. */
class NodeLockTest {
  @TempDir private Path log;

  @Test
  void aLockFileThatCannotBeWrittenIsNamedInTheMend() throws IOException {
    UUID id = UUID.randomUUID();
    NodeSettings node =
        new NodeSettings(id, "", Map.of("cdc_raw_directory", log.toAbsolutePath().toString()));
    for (String name : List.of("replicator-capture-" + id + ".lock", "replicator-capture.lock")) {
      Path file = log.resolve(name);
      Files.deleteIfExists(file);
      Files.createDirectory(file); // as little to be opened as another user's
      ReplicationException refused =
          catchThrowableOfType(
              ReplicationException.class,
              () -> NodeLock.take(new NodeAddress("127.0.0.1", 9042), node, log, log));
      assertThat(refused.kind()).isEqualTo(ReplicationException.Kind.FATAL);
      assertThat(refused.hint()).contains("left " + file + ", ", "remove it while no capture runs");
      Files.delete(file);
    }
    NodeLock.take(new NodeAddress("127.0.0.1", 9042), node, log, log).close();
  }
}
