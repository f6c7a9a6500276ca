package io.replicator.cassandra.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept of damaged segments. */
class SetAsideTest {
  @TempDir private Path directory;

  private Path segment(long id, String content) throws IOException {
    return Files.writeString(directory.resolve("CommitLog-8-" + id + ".log"), content);
  }

  @Test
  void aSegmentIsCopiedOnceAndTheLastFewAreKept() throws IOException {
    Path folder = directory.resolve("aside");
    SetAside aside = new SetAside(folder);
    Path first = aside.keep(segment(9, "a")).orElseThrow();
    assertThat(first).hasContent("a");
    Files.writeString(first, "mine"); // a second copy would tell
    assertThat(aside.keep(segment(9, "a"))).contains(first);
    assertThat(first).hasContent("mine");
    for (int id = 10; id < 10 + SetAside.MOST; id++) {
      aside.keep(segment(id, "b"));
    }
    assertThat(new LogDirectory(folder).segments())
        .hasSize(SetAside.MOST)
        .containsKey(9L + SetAside.MOST)
        .doesNotContainKey(9L);
  }

  @Test
  void oneThatIsGoneIsNoReasonToStop() {
    SetAside aside = new SetAside(directory.resolve("aside"));
    assertThat(aside.keep(directory.resolve("CommitLog-8-1.log"))).isEmpty();
  }
}
