package io.replicator.cassandra.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** How far a log is durable while the clock of its node is set. */
class HandedTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
  private final Handed handed = new Handed(Position.startOf(1));

  @Test
  void whatIsUnderWayIsNotPassedThoughItsNodesClockWasSetBackBeforeItWasWritten() {
    Instant back = NOON.minus(Duration.ofHours(1));
    handed.mark(Position.startOf(2), NOON).end();
    assertThat(handed.upTo()).isEqualTo(NOON);
    Handed.Mark entry = handed.mark(Position.startOf(3), Handed.NO_TIME);
    handed.mark(Position.startOf(4), back.plusSeconds(2)).end();
    entry.end();
    assertThat(handed.upTo()).isEqualTo(back.plusSeconds(2));
    handed.mark(Position.startOf(5), NOON.plusSeconds(4)).end();
    assertThat(handed.upTo()).as("the clock is right again").isEqualTo(NOON.plusSeconds(4));
  }

  @Test
  void aMarkWithoutATimeTellsNone() {
    handed.mark(Position.startOf(2), NOON).end();
    handed.mark(Position.startOf(3), Handed.NO_TIME).end();
    assertThat(handed.upTo()).isEqualTo(NOON);
    assertThat(handed.durable()).isEqualTo(Position.startOf(3));
  }

  @Test
  void whatGoesByWhileOneChangeIsUnderWayTakesNoRoom() {
    Handed.Mark slow = handed.mark(Position.startOf(2), Handed.NO_TIME);
    for (int segment = 3; segment < 1_000; segment++) {
      handed.mark(Position.startOf(segment), Handed.NO_TIME).end();
      handed.mark(Position.startOf(segment), NOON.plusSeconds(segment)).end();
    }
    Handed.Mark next = handed.mark(Position.startOf(1_000), Handed.NO_TIME);
    assertThat(handed.size()).isEqualTo(2);
    assertThat(handed.durable()).isEqualTo(Position.startOf(1));
    next.end();
    assertThat(handed.upTo()).isEqualTo(Handed.NO_TIME);
    slow.end();
    assertThat(handed.durable()).isEqualTo(Position.startOf(1_000));
    assertThat(handed.upTo()).isEqualTo(NOON.plusSeconds(999));
    assertThat(handed.size()).isZero();
  }
}
