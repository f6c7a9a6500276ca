package io.replicator.cassandra.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is deleted of a node's log. */
class LogDirectoryTest {
  @TempDir private Path directory;

  private void segments(long... ids) throws IOException {
    for (long id : ids) {
      Files.createFile(directory.resolve("CommitLog-8-" + id + ".log"));
    }
  }

  private LogDirectory cleared() throws IOException {
    LogDirectory log = new LogDirectory(directory);
    log.durable("cassandra/shop@here", Optional.of(Position.startOf(4)));
    log.clear(1);
    return log;
  }

  @Test
  void aCommitLogThatIsTakenForCdcRawLosesNothing() throws IOException {
    segments(1, 2, 3, 4);
    assertThat(cleared().segments()).containsOnlyKeys(1L, 2L, 3L, 4L);
  }

  @Test
  void segmentsWithoutChangesGoOnceThereWasOneWithChanges() throws IOException {
    segments(1, 2, 3, 4);
    Files.createFile(directory.resolve("CommitLog-8-2_cdc.idx"));
    LogDirectory log = cleared();
    assertThat(log.segments()).containsOnlyKeys(2L, 4L);
    assertThat(log.indexes()).containsOnlyKeys(2L);
  }

  @Test
  void ofThoseWithChangesOnlyTheYoungestStays() throws IOException {
    segments(1, 2, 3, 4);
    Files.createFile(directory.resolve("CommitLog-8-1_cdc.idx"));
    Files.createFile(directory.resolve("CommitLog-8-3_cdc.idx"));
    LogDirectory log = cleared();
    assertThat(log.segments()).containsOnlyKeys(3L, 4L);
    log.clear(1);
    assertThat(log.indexes()).containsOnlyKeys(3L);
  }

  @Test
  void timesThatAClockHadBeforeItWasSetBackHoldUpNothing() throws IOException {
    segments(1, 2, 3, 4);
    Path anchor = Files.createFile(directory.resolve("CommitLog-8-3_cdc.idx"));
    FileTime ahead = FileTime.from(Instant.now().plusSeconds(3_600));
    Files.setLastModifiedTime(anchor, ahead);
    Files.setLastModifiedTime(directory.resolve("CommitLog-8-3.log"), ahead);
    assertThat(cleared().segments()).containsOnlyKeys(3L, 4L);
  }

  @Test
  void nothingGoesWhileAFlowDoesNotKnowWhetherTheNodeWritesToIt() throws IOException {
    segments(1, 2, 3, 4);
    Files.createFile(directory.resolve("CommitLog-8-3_cdc.idx"));
    LogDirectory log = new LogDirectory(directory);
    for (String flow : List.of("cassandra/shop@here", "cassandra/press@here")) {
      log.durable(flow, Optional.of(Position.startOf(4)));
    }
    log.durable("cassandra/press@here", Optional.empty());
    log.clear(2);
    assertThat(log.segments()).containsOnlyKeys(1L, 2L, 3L, 4L);
    log.durable("cassandra/press@here", Optional.of(Position.startOf(4)));
    log.clear(2);
    assertThat(log.segments()).containsOnlyKeys(3L, 4L);
  }

  @Test
  void nothingGoesWhereNothingStandsAtThePositionOrBehindIt() throws IOException {
    segments(1, 2, 3);
    Files.createFile(directory.resolve("CommitLog-8-3_cdc.idx"));
    assertThat(cleared().segments()).containsOnlyKeys(1L, 2L, 3L);
  }
}
