package io.replicator.cassandra.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a flow's capture must not forget. */
class PositionFileTest {
  @TempDir private Path directory;

  private String gapAfter(String flow, Position position, String gap) throws IOException {
    PositionFile file = new PositionFile(directory, flow);
    file.write(new PositionFile.Content(position, 3, gap));
    PositionFile.degradeAll(directory, "written meanwhile");
    PositionFile.degradeAll(directory, "written meanwhile");
    PositionFile.Content content = new PositionFile(directory, flow).read().orElseThrow();
    assertThat(content.position()).isEqualTo(position);
    assertThat(content.proof()).isEqualTo(3);
    return content.gap();
  }

  @Test
  void whatIsMissingInAllFlowsIsKeptForThoseThatWereCapturedBefore() throws IOException {
    PositionFile.degradeAll(directory, "before anything was captured");
    Position some = new Position(5, 100, 2);
    assertThat(gapAfter("cassandra/a@here", some, "")).isEqualTo("written meanwhile");
    assertThat(gapAfter("cassandra/b@here", some, "older")).isEqualTo("older\nwritten meanwhile");
    assertThat(gapAfter("cassandra/c@here", Position.startOf(0), "")).isEmpty();
  }
}
