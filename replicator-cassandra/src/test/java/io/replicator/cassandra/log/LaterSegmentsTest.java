package io.replicator.cassandra.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a look into the segments behind the one that is read tells. */
class LaterSegmentsTest {
  @TempDir private Path folder;

  @Test
  void whatWasInASegmentThatIsDeletedMeanwhileIsNotKnown() throws Exception {
    NavigableMap<Long, Path> segments = new TreeMap<>();
    segments.put(1L, folder.resolve("CommitLog-8-1.log"));
    assertThat(LaterSegments.look(segments, 1).pending()).isFalse();
    segments.put(2L, folder.resolve("CommitLog-8-2.log"));
    LaterSegments later = LaterSegments.look(segments, 1);
    assertThat(later.haveContent()).isFalse();
    assertThat(later.pending()).isTrue();
  }
}
