package io.replicator.cassandra.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicator.spi.ReplicationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a flow's capture must not forget. */
class PositionFileTest {
  private static final Instant UP_TO = Instant.parse("2026-01-01T10:00:00.123Z");
  @TempDir private Path directory;

  private String gapAfter(String flow, Position position, String gap) throws IOException {
    PositionFile file = new PositionFile(directory, flow);
    file.write(new PositionFile.Content(position, 3, UP_TO, gap));
    PositionFile.degradeAll(directory, "written meanwhile");
    PositionFile.degradeAll(directory, "written meanwhile");
    PositionFile.Content content = new PositionFile(directory, flow).read().orElseThrow();
    assertThat(content.position()).isEqualTo(position);
    assertThat(content.proof()).isEqualTo(3);
    assertThat(content.upTo()).isEqualTo(UP_TO);
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

  @Test
  void oneThatWasWrittenBeforeTheTimeWasKeptIsReadWithoutIt() throws IOException {
    Path file = directory.resolve("positions").resolve("cassandra.a@here.properties");
    Files.createDirectories(file.getParent());
    Files.writeString(file, "format=1\nposition=5\\:100\\:2\nproof=3\ngap=older\n");
    assertThat(new PositionFile(directory, "cassandra/a@here").read())
        .contains(new PositionFile.Content(new Position(5, 100, 2), 3, Handed.NO_TIME, "older"));
  }

  @Test
  void aTimeAloneIsNoReasonToWriteItEachSecond() {
    Duration minute = Duration.ofMinutes(1);
    PositionFile.Content before = new PositionFile.Content(new Position(5, 100, 2), 3, UP_TO, "");
    assertThat(at(UP_TO.plusSeconds(59)).differs(before, minute)).isFalse();
    assertThat(at(UP_TO.plusSeconds(60)).differs(before, minute)).isTrue();
    assertThat(at(UP_TO.minusSeconds(60)).differs(before, minute)).as("set back").isTrue();
    assertThat(
            new PositionFile.Content(new Position(5, 101, 2), 3, UP_TO, "").differs(before, minute))
        .isTrue();
  }

  private static PositionFile.Content at(Instant upTo) {
    return new PositionFile.Content(new Position(5, 100, 2), 3, upTo, "");
  }

  @Test
  void whatIsNoPositionIsRefusedWithItsFileAndItsMend() throws IOException {
    Path file = directory.resolve("positions").resolve("cassandra.a@here.properties");
    Files.createDirectories(file.getParent());
    for (String bad :
        List.of(
            "",
            "format=0\nposition=1:2:3\n",
            "format=x\nposition=1:2:3\n",
            "format=1\n",
            "format=1\nposition=1:2:3\nproof=x\n",
            "format=1\nposition=1:2:3\nup-to=never\n",
            "format=1\nposition=\\u00")) {
      Files.writeString(file, bad);
      refuses(file);
    }
    Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe, 0});
    refuses(file);
    Position some = new Position(5, 100, 2);
    assertThat(gapAfter("cassandra/b@here", some, ""))
        .as("beside it")
        .isEqualTo("written meanwhile");
  }

  @Test
  void whatANewerVersionWroteIsNotTakenForDamageAndStopsNoOther() throws IOException {
    Path file = directory.resolve("positions").resolve("cassandra.a@here.properties");
    Files.createDirectories(file.getParent());
    Files.writeString(file, "format=2\nsegments=of another form\n");
    assertThatThrownBy(() -> new PositionFile(directory, "cassandra/a@here").read())
        .isInstanceOfSatisfying(
            ReplicationException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(ReplicationException.Kind.NEWER);
              assertThat(e.hint()).contains("start that version").doesNotContain("remove it");
            })
        .hasMessageContaining("written by a newer version, in format 2")
        .hasMessageContaining(file.toString());
    assertThat(gapAfter("cassandra/b@here", new Position(5, 100, 2), ""))
        .as("beside it")
        .isEqualTo("written meanwhile");
    assertThat(file).content().isEqualTo("format=2\nsegments=of another form\n");
  }

  private void refuses(Path file) {
    assertThatThrownBy(() -> new PositionFile(directory, "cassandra/a@here").read())
        .isInstanceOfSatisfying(
            ReplicationException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(ReplicationException.Kind.FATAL);
              assertThat(e.hint()).contains("remove it", "read again", "backfill");
            })
        .hasMessageContaining(file.toString());
  }
}
