package io.replicator.cassandra.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a capture's bean says of its reading. */
class LogHealthTest {
  @TempDir private Path folder;

  private final LogHealth health = new LogHealth("cassandra/shop@here", "", List::of);

  /** What an operator who looks is shown. */
  private String shown() {
    Condition condition = health.condition();
    health.shown(condition);
    return condition.reason();
  }

  @Test
  void whatNobodyHasReadIsNotAccepted() {
    health.lost("a cell is too large");
    health.condition();
    health.acceptGap();
    assertThat(shown()).isEqualTo("a cell is too large");
    health.lost("segments were deleted");
    health.condition(); // as every second
    health.shown(new Condition(FlowState.BLOCKED, "the local Kafka is away", ""));
    health.acceptGap();
    assertThat(shown()).isEqualTo("segments were deleted");
    health.acceptGap();
    assertThat(health.condition()).isEqualTo(Condition.RUNNING);
  }

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

  @Test
  void whatIsMetAfterALossWasShownIsToldAfterThatIsAcceptedToo() {
    health.lost("a cell is too large");
    assertThat(shown()).isEqualTo("a cell is too large");
    health.lost("segments were deleted");
    health.acceptGap();
    assertThat(health.condition().reason()).isEqualTo("segments were deleted");

    health.lost("segments were deleted,\nand more of them");
    String kept = health.gap();
    LogHealth restarted = new LogHealth("cassandra/shop@here", kept, List::of);
    assertThat(restarted.gap()).isEqualTo(kept);
    assertThat(restarted.condition().state()).isEqualTo(FlowState.DEGRADED);
    assertThat(restarted.condition().reason())
        .isEqualTo("segments were deleted; segments were deleted, and more of them");
    restarted.shown(restarted.condition());
    restarted.acceptGap();
    assertThat(restarted.condition()).isEqualTo(Condition.RUNNING);
    assertThat(restarted.gap()).isEmpty();
  }

  @Test
  void aLossThatIsFoundToReachFurtherIsStillOneAndOnlyWhatWasShownIsAccepted() {
    Instant end = Instant.parse("2026-01-01T10:00:05Z");
    health.deleted("2026-01-01T10:00:00Z", end, true);
    assertThat(shown()).contains("from 2026-01-01T10:00:00Z to " + end);
    health.deleted("2026-01-01T10:00:00Z", end.plusMillis(1), true);
    health.acceptGap();
    assertThat(health.condition().reason())
        .containsOnlyOnce("deleted segments")
        .contains("from 2026-01-01T10:00:00Z to 2026-01-01T10:00:05.001Z may be missing");

    LogHealth restarted = new LogHealth("cassandra/shop@here", health.gap(), List::of);
    restarted.deleted("2026-01-01T10:00:00Z", end, true);
    restarted.deleted("2026-01-01T10:00:00Z", end.plusSeconds(60), true);
    restarted.deleted("2026-01-01T10:00:00Z", end, true);
    assertThat(restarted.gap().lines())
        .singleElement()
        .asString()
        .contains("to 2026-01-01T10:01:05Z");
    restarted.deleted("2026-01-01T10:02:00Z", end.plusSeconds(180), true);
    assertThat(restarted.gap().lines()).hasSize(2);
    restarted.shown(restarted.condition());
    restarted.acceptGap();
    assertThat(restarted.condition()).isEqualTo(Condition.RUNNING);
  }

  @Test
  void aLossThatRepeatsItselfIsTheOneThatWasShownUntilItIsAccepted() {
    health.lost("a cell is too large");
    shown();
    health.lost("a cell is too large");
    health.condition();
    health.acceptGap();
    assertThat(health.condition()).isEqualTo(Condition.RUNNING);
    health.lost("a cell is too large");
    health.condition();
    health.acceptGap();
    assertThat(shown()).as("met after that").isEqualTo("a cell is too large");
  }

  @Test
  void whatIsLostWhileTheFlowIsBlockedIsNotAcceptedBeforeItWasShown() {
    health.lost("a cell is too large");
    shown();
    health.refused(Optional.of(new Condition(FlowState.BLOCKED, "cdc_enabled: false", "")));
    health.lost("what was written without CDC");
    assertThat(shown()).isEqualTo("cdc_enabled: false");
    health.acceptGap();
    health.refused(Optional.empty());
    assertThat(health.condition().reason()).isEqualTo("what was written without CDC");
  }

  @Test
  void ofManyLossesTheFirstAndTheLastAreKept() {
    for (int i = 0; i < 1_000; i++) {
      health.lost("batch " + i);
    }
    assertThat(health.gap().lines())
        .hasSize(Losses.MOST)
        .startsWith("batch 0", "batch 1")
        .endsWith("batch 5", Losses.MORE, "batch 999");
    shown();
    health.lost("batch 1000");
    health.acceptGap();
    assertThat(health.gap().lines()).containsExactly(Losses.MORE, "batch 1000");
  }

  @Test
  void whatStoodInTheWayIsNotShownOnceItsOwnCauseEnded() throws IOException {
    health.failed(Path.of("/log"), new IOException("gone"));
    health.writes();
    assertThat(health.condition().state()).isEqualTo(FlowState.BLOCKED);
    health.looks();
    assertThat(health.condition()).isEqualTo(Condition.RUNNING);

    Path file = Files.createFile(folder.resolve("positions")).resolve("some.properties");
    health.failed(
        Path.of("/log"),
        catchThrowableOfType(
            SyncedFile.Unwritable.class, () -> SyncedFile.replace(file, new Properties())));
    health.looks();
    assertThat(health.condition().state()).isEqualTo(FlowState.BLOCKED);
    health.writes();
    assertThat(health.condition()).isEqualTo(Condition.RUNNING);

    health.waits(FlowState.BLOCKED, "of another cause", "");
    health.looks();
    health.writes();
    assertThat(health.condition().state()).isEqualTo(FlowState.BLOCKED);
  }

  @Test
  void idsThatWentBackBlockAndSayHowTheCaptureBeginsAnew() {
    health.wentBack(Path.of("/log"), 41, Position.startOf(99), Path.of("/kept/positions"));
    assertThat(health.condition().state()).isEqualTo(FlowState.BLOCKED);
    assertThat(health.condition().reason())
        .contains("segment 41 in /log", "nothing from segment 99 on");
    assertThat(health.condition().hint())
        .contains("from id 99", "/kept/positions", "replicator backfill cassandra/shop@here");
  }

  @Test
  void tornBatchesOfOneSegmentAreOneLossAndPushNoOtherOut() {
    health.lost("segments were deleted");
    Instant from = Instant.parse("2026-01-01T10:00:00Z");
    EntryDecoder.Entry.Torn torn =
        new EntryDecoder.Entry.Torn("shop.thrift", false, Optional.empty(), false, List.of());
    for (int i = 0; i < 2 * Losses.MOST; i++) {
      health.torn(torn, new WriteTime(from, from.plusSeconds(i)));
    }
    assertThat(health.gap().lines())
        .hasSize(2)
        .startsWith("segments were deleted")
        .last()
        .asString()
        .contains(from.toString(), "shop.thrift", "may be missing");
  }

  @Test
  void whatIsPassedOverIsNamedByItsTableAndItsTime() {
    assertThat(
            LogHealth.passedOver(new EntryDecoder.Gone("shop.orders", "at 2026-03-01T12:00:00Z")))
        .startsWith("what was written at 2026-03-01T12:00:00Z to shop.orders, which was dropped")
        .contains("DROP it in the other regions");
    health.dropped(new EntryDecoder.Gone("shop.orders", "at 2026-03-01T12:00:00Z"));
    health.dropped(new EntryDecoder.Gone("shop.orders", "at 2026-03-01T12:00:01Z"));
    assertThat(health.droppedCount()).isEqualTo(2);
    assertThat(health.condition()).isEqualTo(Condition.RUNNING);
  }
}
