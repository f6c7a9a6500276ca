package io.replicator.reading;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.wire.Stamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class MarksTest {
  private static final Instant NOW = Instant.parse("2026-01-02T00:00:00Z");
  private static final String LIFE =
      Stamp.newIncarnation(Instant.parse("2026-01-01T00:00:00Z"), Stamp.newCapture());
  private static final String NEXT =
      Stamp.newIncarnation(Instant.parse("2026-01-01T00:10:00Z"), Stamp.newCapture());
  private Marks marks = new Marks(Instant.EPOCH);

  private static Stamp stamp(long number) {
    return new Stamp(LIFE, number);
  }

  private void had(long... numbers) {
    for (long number : numbers) {
      marks.seen(stamp(number), NOW);
      marks.done(stamp(number));
    }
  }

  private Marks restarted(List<Stamp> journal, Instant born) {
    Marks next = new Marks(born);
    next.restore(marks.toList());
    journal.forEach(next::done);
    return next;
  }

  @Test
  void aReplayIsRecognised() {
    had(1, 2, 3);
    marks.seen(stamp(4), NOW);
    assertThat(marks.isDone(stamp(2))).isTrue();
    assertThat(marks.isDone(stamp(4))).isFalse();
    assertThat(marks.isDone(new Stamp("other-1", 2))).isFalse();
    had(1, 2);
    assertThat(marks.missingCount()).isZero();
  }

  @Test
  void holesAndLostTailsAreCounted() {
    had(1, 5);
    assertThat(marks.missingCount()).isEqualTo(3);
    marks.last(stamp(7), NOW);
    assertThat(marks.missingCount()).isEqualTo(5);
    marks.forgetMissing();
    assertThat(marks.missingCount()).isZero();
  }

  @Test
  void aMissingChangeThatComesLateIsNewAndMendsTheHole() {
    had(1, 5);
    assertThat(marks.isDone(stamp(3))).isFalse();
    had(3);
    assertThat(marks.isDone(stamp(3))).isTrue();
    assertThat(marks.isDone(stamp(2))).isFalse();
    assertThat(marks.missingCount()).isEqualTo(2);
    had(2, 4);
    assertThat(marks.missingCount()).isZero();
  }

  @Test
  void whatCameLateAndWaitsIsNotGivenUpWithWhatNeverCame() {
    had(1, 8, 9);
    marks.seen(stamp(6), NOW);
    marks.seen(stamp(5), NOW);
    assertThat(marks.missingCount()).as("2 to 4 and 7").isEqualTo(4);
    marks.forgetMissing();
    assertThat(marks.missingCount()).isZero();
    assertThat(marks.isDone(stamp(5))).isFalse();
    assertThat(marks.isDone(stamp(6))).isFalse();
    assertThat(marks.isDone(stamp(7))).isTrue();
    marks = restarted(List.of(), Instant.EPOCH);
    marks.forgetMissing();
    assertThat(marks.isDone(stamp(5))).as("it comes again").isFalse();
    assertThat(marks.isDone(stamp(9))).isTrue();
    had(5, 6);
    assertThat(marks.missingCount()).isZero();
    assertThat(marks.toList().get(0).upTo()).isEqualTo(9);
  }

  @Test
  void anAcceptedGapIsPassedThoughSomethingBeforeItIsStillUnderWay() {
    marks.seen(stamp(1), NOW);
    had(5, 6);
    assertThat(marks.missingCount()).isEqualTo(3);
    marks.forgetMissing();
    assertThat(marks.missingCount()).isZero();
    had(7);
    marks.done(stamp(1));
    assertThat(marks.doneCount(stamp(1).incarnation())).isEqualTo(7);
    assertThat(marks.toList().get(0).upTo()).isEqualTo(7);
    marks = restarted(List.of(), Instant.EPOCH);
    had(8);
    assertThat(marks.missingCount()).isZero();
  }

  @Test
  void whatIsDoneAheadOfAnotherIsRememberedWithoutTheJournal() {
    marks.seen(stamp(1), NOW);
    had(2, 3, 4);
    marks = restarted(List.of(), Instant.EPOCH);
    assertThat(marks.isDone(stamp(1))).isFalse();
    assertThat(marks.isDone(stamp(4))).isTrue();
    for (long number = 1; number <= 4; number++) {
      marks.seen(stamp(number), NOW);
    }
    marks.done(stamp(1));
    assertThat(marks.missingCount()).isZero();
    assertThat(marks.toList().get(0).upTo()).isEqualTo(4);
  }

  private boolean ended(long last) {
    return marks.ended(LIFE, last, NEXT, NOW);
  }

  @Test
  void whatAnEndedIncarnationHadWrittenIsMissedOnceALaterOneHasSpoken() {
    had(1, 2);
    assertThat(ended(5)).isFalse();
    assertThat(marks.missingCount()).isZero();
    marks.last(new Stamp(NEXT, 0), NOW);
    assertThat(ended(5)).isTrue();
    assertThat(ended(5)).isFalse();
    assertThat(marks.missingCount()).isEqualTo(3);
    assertThat(marks.doneCount(LIFE)).as("not pending any more").isEqualTo(5);
    marks = restarted(List.of(), Instant.EPOCH);
    assertThat(marks.missingCount()).isEqualTo(3);
    marks.forgetMissing();
    marks.last(new Stamp(NEXT, 0), NOW);
    assertThat(ended(5)).isFalse();
    assertThat(marks.missingCount()).isZero();
  }

  @Test
  void anIncarnationOfWhichNothingCameAtAllIsMissedWhole() {
    marks.seen(new Stamp(NEXT, 1), NOW);
    assertThat(ended(3)).isTrue();
    assertThat(marks.missingCount()).isEqualTo(3);
    marks.forgetBefore(NOW);
    assertThat(marks.missingCount()).as("what was just found out").isEqualTo(3);
  }

  @Test
  void whatAnEndedIncarnationWritesLateMendsTheHole() {
    had(1);
    marks.last(new Stamp(NEXT, 0), NOW);
    assertThat(ended(3)).isTrue();
    had(2, 3, 4);
    assertThat(marks.missingCount()).isZero();
    assertThat(marks.isDone(stamp(4))).isTrue();
  }

  @Test
  void afterARestartNothingIsMissedBeforeALaterIncarnationIsReadAgain() {
    marks.seen(stamp(1), NOW);
    had(2);
    marks.seen(new Stamp(NEXT, 1), NOW);
    marks.done(new Stamp(NEXT, 1));
    marks = restarted(List.of(), Instant.EPOCH);
    assertThat(ended(2)).isFalse();
    assertThat(marks.missingCount()).as("it comes again").isZero();
    marks.seen(stamp(1), NOW);
    marks.seen(stamp(2), NOW);
    marks.seen(new Stamp(NEXT, 1), NOW);
    assertThat(ended(2)).isFalse();
    assertThat(marks.missingCount()).isZero();
  }

  @Test
  void nothingIsMissedOfAnIncarnationOlderThanTheReaderThatItNeverRead() {
    marks = new Marks(NOW);
    marks.last(new Stamp(NEXT, 0), NOW);
    assertThat(ended(500)).isFalse();
    marks = restarted(List.of(stamp(500)), NOW);
    marks.last(new Stamp(NEXT, 0), NOW);
    assertThat(ended(500)).as("known only from the journal's tail").isFalse();
    assertThat(marks.missingCount()).isZero();
    had(501);
    assertThat(ended(503)).as("read meanwhile").isTrue();
    assertThat(marks.missingCount()).isEqualTo(2);
  }

  @Test
  void anIncarnationOlderThanTheReaderIsTakenFromAnyNumber() {
    marks = new Marks(NOW);
    had(500, 501);
    assertThat(marks.missingCount()).isZero();
    assertThat(marks.isDone(stamp(501))).isTrue();
  }

  @Test
  void anOlderIncarnationKnownOnlyFromTheJournalsTailIsNoHole() {
    marks = new Marks(NOW);
    marks = restarted(List.of(stamp(500), stamp(501)), NOW);
    marks.seen(stamp(500), NOW);
    assertThat(marks.missingCount()).isZero();
    assertThat(marks.isDone(stamp(501))).isTrue();
    assertThat(marks.isDone(stamp(502))).isFalse();
  }

  @Test
  void memoryStaysSmall() {
    for (long number = 1; number <= 100_000; number++) {
      had(number);
    }
    assertThat(marks.toList()).hasSize(1);
    assertThat(marks.toList().get(0).missing()).isEmpty();
    marks.forgetBefore(NOW.plusSeconds(1));
    assertThat(marks.toList()).isEmpty();
  }

  @Test
  void marksAgreeWithASetOfAllNumbersWhateverComes() {
    for (int round = 0; round < 2_000; round++) {
      long seed = System.nanoTime() + round;
      Random random = new Random(seed);
      marks = new Marks(Instant.EPOCH);
      Set<Long> seen = new HashSet<>();
      Set<Long> done = new HashSet<>();
      List<Long> underWay = new ArrayList<>();
      List<Stamp> journal = new ArrayList<>();
      long end = 0;
      for (int step = 0; step < 60; step++) {
        switch (random.nextInt(7)) {
          case 0, 1 -> {
            end++;
            if (random.nextInt(5) != 0) {
              marks.seen(stamp(end), NOW);
              seen.add(end);
              underWay.add(end);
            }
          }
          case 2, 3 -> {
            if (!underWay.isEmpty()) {
              long one = underWay.remove(random.nextInt(underWay.size()));
              marks.done(stamp(one));
              done.add(one);
              journal.add(stamp(one));
            }
          }
          case 4 -> {
            long late = 1L + random.nextInt((int) end + 1);
            if (late <= end && !seen.contains(late)) {
              marks.seen(stamp(late), NOW);
              seen.add(late);
              underWay.add(late);
            }
          }
          case 5 -> {
            if (random.nextInt(4) == 0) {
              marks.forgetMissing();
              assertThat(marks.missingCount()).isZero();
              // What nothing came behind yet is not known to be missing.
              LongStream.rangeClosed(1, end)
                  .filter(number -> !seen.contains(number) && marks.isDone(stamp(number)))
                  .forEach(
                      number -> {
                        seen.add(number);
                        done.add(number);
                      });
            }
          }
          default -> {
            // A restart: what was under way comes again.
            marks = restarted(journal, Instant.EPOCH);
            underWay.forEach(one -> marks.seen(stamp(one), NOW));
          }
        }
        for (long number = 1; number <= end; number++) {
          assertThat(marks.isDone(stamp(number)))
              .as("seed %d, step %d, number %d", seed, step, number)
              .isEqualTo(done.contains(number));
        }
      }
      marks.last(stamp(end), NOW);
      long missing = end - seen.size();
      assertThat(marks.missingCount()).as("seed %d", seed).isEqualTo(missing);
    }
  }
}
