package io.replicator.cassandra.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said to be missing of a flow's log. */
class ProgressTest {
  private static final String HARMLESS = "without any loss, where nothing that is captured";
  private final LogHealth health = new LogHealth("cassandra/shop@here", "", List::of);
  @TempDir private Path directory;

  private Progress progress(long proof) {
    Position at = Position.startOf(5);
    return new Progress(
        new PositionFile(directory, "cassandra/shop@here"),
        new PositionFile.Content(at, proof, Handed.NO_TIME, ""),
        new Handed(at),
        health,
        InstantSource.fixed(Instant.ofEpochSecond(1_000)));
  }

  private boolean misses(Progress progress) throws IOException {
    return progress.missing(Position.startOf(5), new TreeMap<>(Map.of(9L, directory)), false);
  }

  @Test
  void aRestartBeforeAnythingWasCapturedIsSaidToBeHarmless() throws IOException {
    assertThat(misses(progress(0))).isTrue();
    assertThat(health.gap()).contains(HARMLESS, "may be missing");
  }

  @Test
  void oneLossIsToldInTheSameWordsWhereItIsFoundToReachFurther() throws IOException {
    Progress progress = progress(3);
    assertThat(misses(progress)).isTrue();
    assertThat(misses(progress)).as("without an anchor by now").isTrue();
    assertThat(health.gap().lines()).singleElement().asString().doesNotContain(HARMLESS);
  }
}
