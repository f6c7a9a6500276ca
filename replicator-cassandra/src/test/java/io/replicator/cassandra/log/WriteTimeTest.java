package io.replicator.cassandra.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When what stands in a segment was written. */
class WriteTimeTest {
  private static final Instant STARTED = Instant.parse("2026-01-01T00:00:00Z");
  private final Instant from = STARTED.plus(Duration.ofDays(20));
  private final Instant to = from.plus(Duration.ofDays(3));
  @TempDir private Path directory;

  private Instant of(Instant claimed) {
    return new WriteTime(from, to).of(claimed.toEpochMilli() * 1_000);
  }

  @Test
  void aTimestampWithinTheDaysThatASegmentTookIsBelieved() {
    assertThat(of(from.plus(Duration.ofHours(1)))).isEqualTo(from.plus(Duration.ofHours(1)));
    assertThat(of(from.minusSeconds(60))).isEqualTo(from.minusSeconds(60));
    assertThat(of(to.plusSeconds(60))).isEqualTo(to.plusSeconds(60));
    assertThat(of(from.minusSeconds(600))).isEqualTo(to);
    assertThat(of(to.plusSeconds(600))).isEqualTo(to);
    assertThat(new WriteTime(from, to).of(Long.MAX_VALUE)).isEqualTo(to);
  }

  @Test
  void aSegmentBeginsWithTheLastWriteOfTheOneBeforeAndNotWithItsNode() throws IOException {
    long id = STARTED.toEpochMilli() + 2;
    NavigableMap<Long, Path> segments = new TreeMap<>();
    assertThat(WriteTime.begin(segments, id)).isEqualTo(STARTED.plusMillis(2));
    Path before = directory.resolve("before");
    segments.put(id - 1, before);
    assertThat(WriteTime.begin(segments, id)).isEqualTo(STARTED.plusMillis(2));
    Files.setLastModifiedTime(Files.createFile(before), FileTime.from(from));
    assertThat(WriteTime.begin(segments, id)).isEqualTo(from);
  }
}
