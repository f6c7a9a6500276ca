package io.replicator.cassandra.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node's directory tells of the time in which nobody read it. */
class GapsTest {
  @TempDir private Path commitLog;
  @TempDir private Path cdcRaw;
  private Instant now = Instant.now().plusSeconds(60);

  /** A segment that the node has in its log, with its link. */
  private Path segment(long id) throws IOException {
    Path segment = Files.createFile(commitLog.resolve("CommitLog-8-" + id + ".log"));
    Files.createLink(link(id), segment);
    return segment;
  }

  private Path link(long id) {
    return cdcRaw.resolve("CommitLog-8-" + id + ".log");
  }

  private boolean shows(long position) throws IOException {
    return new Gaps(new LogDirectory(cdcRaw), new Proof(0), () -> now)
        .whileNobodyRead(Position.startOf(position))
        .isPresent();
  }

  @Test
  void aSegmentThatLeftTheLogWithoutItsLinkShowsThatCdcWasOff() throws IOException {
    Path withChanges = segment(10);
    Files.writeString(cdcRaw.resolve("CommitLog-8-10_cdc.idx"), "100\nCOMPLETED");
    Path prepared = segment(11);
    assertThat(shows(10)).as("while the node runs").isFalse();
    Files.delete(withChanges);
    assertThat(shows(10)).as("a segment with changes waits for its reader").isFalse();
    Files.delete(prepared);
    segment(1_000);
    assertThat(shows(10)).isTrue();
    assertThat(shows(12)).as("what is left from before what was read").isFalse();
    assertThat(shows(0)).as("nothing was read before").isFalse();
  }

  @Test
  void aSegmentThatTheNodeIsJustDiscardingShowsNothing() throws IOException {
    Files.delete(segment(11));
    now = Instant.now();
    assertThat(shows(10)).isFalse();
    now = now.plusSeconds(10);
    assertThat(shows(10)).isTrue();
  }
}
