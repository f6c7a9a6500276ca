package io.replicator.cassandra.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How long a stopped capture may stay stopped. */
class SpacePaceTest {
  private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
  private final SpacePace pace = new SpacePace(80, 8);

  @Test
  void aNodeThatHardlyWritesHasNoPace() {
    pace.saw(List.of(1L, 2L, 3L), BEGIN);
    pace.saw(List.of(2L, 3L, 4L), BEGIN.plusSeconds(60));
    assertThat(pace.lasts(BEGIN.plusSeconds(90))).isEmpty();
  }

  @Test
  void theSpaceLastsAsManySegmentsAsItHolds() {
    pace.saw(List.of(1L), BEGIN);
    for (long segment = 2; segment <= 4; segment++) {
      // Ten fit, one is begun each minute, and those that are done with are deleted.
      pace.saw(List.of(segment - 1, segment), BEGIN.plusSeconds(60 * segment));
    }
    assertThat(pace.lasts(BEGIN.plusSeconds(240))).contains(Duration.ofMinutes(10));
    assertThat(pace.lasts(BEGIN.plusSeconds(360))).contains(Duration.ofMinutes(20));
  }

  @Test
  void onlyTheLastSegmentsCount() {
    pace.saw(List.of(), BEGIN);
    Instant now = BEGIN;
    for (long segment = 1; segment <= 100; segment++) {
      now = now.plusSeconds(segment < 50 ? 3_600 : 1);
      pace.saw(List.of(segment), now);
    }
    assertThat(pace.lasts(now)).contains(Duration.ofSeconds(10));
  }

  @Test
  void whatTheNodeDoesNotTellIsNotMadeUp() {
    SpacePace unknown = new SpacePace(0, 8);
    unknown.saw(List.of(), BEGIN);
    unknown.saw(List.of(1L, 2L), BEGIN.plusSeconds(1));
    assertThat(unknown.lasts(BEGIN.plusSeconds(2))).isEmpty();
  }
}
