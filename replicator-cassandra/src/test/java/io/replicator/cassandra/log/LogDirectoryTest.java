package io.replicator.cassandra.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
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
    log.durable("cassandra/shop@here", Position.startOf(4));
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

  private Path writtenAt(long id, Instant when) throws IOException {
    Path segment = directory.resolve("CommitLog-8-" + id + ".log");
    return Files.setLastModifiedTime(segment, FileTime.from(when));
  }

  @Test
  void whatWasWrittenLaterThanThePositionStaysThoughItsIdIsSmaller() throws IOException {
    segments(1, 2, 3, 4);
    Files.createFile(directory.resolve("CommitLog-8-3_cdc.idx"));
    Instant now = Instant.now();
    writtenAt(4, now.minusSeconds(60));
    assertThat(cleared().segments()).containsOnlyKeys(1L, 2L, 3L, 4L);
    segments(5);
    writtenAt(5, now.minusSeconds(1));
    assertThat(cleared().segments())
        .as("the node writes behind the position")
        .containsOnlyKeys(3L, 4L, 5L);
  }

  @Test
  void nothingGoesWhereNothingStandsAtThePositionOrBehindIt() throws IOException {
    segments(1, 2, 3);
    Files.createFile(directory.resolve("CommitLog-8-3_cdc.idx"));
    assertThat(cleared().segments()).containsOnlyKeys(1L, 2L, 3L);
  }
}
