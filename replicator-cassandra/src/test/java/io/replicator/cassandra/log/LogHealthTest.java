package io.replicator.cassandra.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a capture's bean says of its reading. */
class LogHealthTest {
  @TempDir private Path folder;

  private final LogHealth health = new LogHealth("cassandra/shop@here", "", List::of);

  @Test
  void aFileOfItsOwnThatCannotBeWrittenIsNamedAndNotTheLog() throws IOException {
    Path file = Files.createFile(folder.resolve("schemas")).resolve("some.properties");
    SyncedFile.Unwritable failure =
        catchThrowableOfType(
            SyncedFile.Unwritable.class, () -> SyncedFile.replace(file, new Properties()));
    for (Exception told : List.of(failure, new UncheckedIOException("kept nowhere", failure))) {
      health.failed(Path.of("/log"), told);
      Condition condition = health.condition();
      assertThat(condition.state()).isEqualTo(FlowState.BLOCKED);
      assertThat(condition.reason()).contains(file.toString()).doesNotContain("/log");
    }
  }

  @Test
  void aLogThatCannotBeReadIsNamed() {
    health.failed(Path.of("/log"), new IOException("gone"));
    assertThat(health.condition().reason()).contains("/log", "gone");
    health.reads();
    assertThat(health.condition()).isEqualTo(Condition.RUNNING);
  }
}
