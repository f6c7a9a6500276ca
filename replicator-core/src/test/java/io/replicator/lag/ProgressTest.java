package io.replicator.lag;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private static final Duration HOLD = Duration.ofSeconds(30);

  /** The hold time and the patience with heartbeats that are late. */
  private static final int SILENT = 35;

  private static final int HOUR = 3600;

  private final Progress progress = new Progress(Optional.empty(), Map.of());

  private static Instant at(int second) {
    return Instant.parse("2026-01-01T00:00:00Z").plusSeconds(second);
  }

  private void heard(String capture, int sent, int upTo) {
    progress.heard(capture, at(sent), Optional.of(at(upTo)), HOLD, false);
  }

  private void closing(String capture, int sent, int upTo) {
    progress.heard(capture, at(sent), Optional.of(at(upTo)), HOLD, true);
  }

  private void assertUpTo(int second) {
    assertThat(progress.upTo()).contains(at(second));
  }

  @Test
  void theEarliestWordOfAllCapturesCounts() {
    heard("a", 100, 90);
    heard("b", 100, 95);
    assertUpTo(90);
    heard("a", 101, 99);
    assertUpTo(95);
  }

  @Test
  void nothingIsKnownBeforeASourceHasAnsweredAndItsSilenceIsNoWord() {
    progress.heard("a", at(100), Optional.empty(), HOLD, false);
    assertThat(progress.upTo()).isEmpty();
    heard("b", 100, 95);
    progress.heard("b", at(101), Optional.empty(), HOLD, false);
    assertUpTo(95);
  }

  @Test
  void whatWasKnownBeforeARestartHoldsUntilACaptureIsHeard() {
    Progress restarted = new Progress(Optional.of(at(50)), Map.of());
    assertThat(restarted.upTo()).contains(at(50));
    restarted.heard("a", at(100), Optional.of(at(95)), HOLD, false);
    assertThat(restarted.upTo()).contains(at(95));
  }

  @Test
  void whoHeldTBackBeforeTheReaderMovedHoldsItBackAfterwards() {
    heard("dead", 100, 90);
    heard("alive", 101, 101);
    Progress moved = new Progress(progress.upTo(), progress.words());
    moved.heard("alive", at(102), Optional.of(at(102)), HOLD, false);
    assertThat(moved.upTo()).contains(at(90));
    for (int second = 103; second <= 103 + SILENT; second++) {
      assertThat(moved.upTo()).contains(at(90));
      moved.heard("alive", at(second), Optional.of(at(second)), HOLD, false);
    }
    assertThat(moved.upTo()).contains(at(103 + SILENT));
  }

  @Test
  void aCaptureThatSaysGoodbyeHoldsNobodyBack() {
    heard("a", 100, 90);
    heard("b", 100, 95);
    closing("a", 101, 91);
    assertUpTo(95);
    heard("b", 102, 102);
    assertUpTo(102);
  }

  @Test
  void theLastGoodbyeStillTellsHowFarItCame() {
    heard("a", 100, 90);
    closing("a", 101, 101);
    assertUpTo(101);
  }

  @Test
  void aCaptureThatFellSilentKeepsItsSayForItsHoldTimeAndThenLosesIt() {
    heard("dead", 100, 90);
    for (int second = 100; second <= 100 + SILENT; second++) {
      heard("alive", second, second);
      assertUpTo(90);
    }
    heard("alive", 101 + SILENT, 101 + SILENT);
    assertUpTo(101 + SILENT);
  }

  @Test
  void howLongAWordCountsIsItsCapturesOwnAffair() {
    progress.heard("brief", at(100), Optional.of(at(80)), Duration.ZERO, false);
    heard("long", 100, 90);
    for (int second = 100; second <= 106; second++) {
      heard("alive", second, second);
    }
    assertUpTo(90);
  }

  @Test
  void aNewLifeOfACaptureReplacesTheWordOfTheOldOne() {
    heard("a", 100, 90);
    heard("a", 101, 100);
    assertUpTo(100);
  }

  @Test
  void timeGoesBackWhenAnOldChangeIsDeliveredAgain() {
    heard("a", 100, 100);
    heard("a", 101, 40);
    assertUpTo(40);
    heard("b", 101, 101);
    assertUpTo(40);
  }

  @Test
  void aClockThatJumpsOnDoesNotMakeOthersWordsCountShorter() {
    heard("alive", 100, 100);
    heard("dead", 100, 90);
    for (int second = 101; second <= 101 + SILENT; second++) {
      heard("alive", second + HOUR, second);
      assertUpTo(90);
    }
    heard("alive", 102 + SILENT, 102 + SILENT);
    heard("alive", 103 + SILENT, 103 + SILENT);
    assertUpTo(103 + SILENT);
  }

  @Test
  void aClockThatIsSetToAndFroDoesNotEither() {
    heard("alive", 100, 100);
    heard("dead", 100, 90);
    for (int second = 101; second < 105; second++) {
      heard("alive", second + HOUR, second);
      heard("alive", second, second);
      assertUpTo(90);
    }
  }

  @Test
  void aCaptureThatDiesWithItsClockAheadOrBehindIsWaitedForNoLonger() {
    for (int off : new int[] {HOUR, -HOUR}) {
      String dead = "dead" + off;
      heard("alive", 100, 100);
      heard(dead, 100 + off, 90);
      int second = 101;
      for (; second <= 100 + SILENT; second++) {
        heard("alive", second, second);
        assertUpTo(90);
      }
      heard("alive", second, second);
      assertUpTo(second);
      heard("alive", 100 - HOUR, 100);
    }
  }

  @Test
  void whatTheMirrorReadsAgainIsNoTimeThatPasses() {
    for (int second = 60; second <= 100; second++) {
      heard("alive", second, second);
    }
    heard("dead", 100, 90);
    for (int again = 0; again < 10; again++) {
      for (int second = 70; second <= 100; second++) {
        heard("alive", second, second);
        assertThat(progress.words()).containsKey("dead");
      }
    }
  }

  @Test
  void whatAnOlderAgentRemembersCountsByTheClocksOfOthers() {
    Progress older =
        new Progress(
            Optional.of(at(90)),
            Map.of("dead", new Progress.Word(at(90), at(135), Optional.empty())));
    older.heard("alive", at(135), Optional.of(at(135)), HOLD, false);
    assertThat(older.upTo()).contains(at(90));
    older.heard("alive", at(136), Optional.of(at(136)), HOLD, false);
    assertThat(older.upTo()).contains(at(136));
  }
}
