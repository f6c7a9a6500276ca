package io.replicator.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Whose last word is said by another. */
class DeparturesTest {
  private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant LATER = BEGIN.plus(Departures.ABSENT);
  private static final Set<String> KNOWN = Set.of("own", "other", "gone");
  private final Departures departures = new Departures("own");

  @Test
  void aNodeThatHasLeftTheRingIsGoneOnceItWasAwayForAWhile() {
    Set<String> ring = Set.of("own", "other");
    assertThat(departures.look(KNOWN, ring, Map.of(), BEGIN)).isEmpty();
    assertThat(departures.look(KNOWN, ring, Map.of(), LATER.minusMillis(1))).isEmpty();
    assertThat(departures.look(KNOWN, ring, Map.of(), LATER)).containsExactly("gone");
    assertThat(departures.look(Set.of("own", "other"), ring, Map.of(), LATER)).isEmpty();
  }

  @Test
  void aNodeOfTheRingIsNotHoweverLongItsCaptureIsSilent() {
    assertThat(departures.look(KNOWN, KNOWN, Map.of(), BEGIN)).isEmpty();
    assertThat(departures.look(KNOWN, KNOWN, Map.of("gone", BEGIN), LATER)).isEmpty();
  }

  @Test
  void aNodeThatIsSeenAgainIsNot() {
    departures.look(KNOWN, Set.of("own", "other"), Map.of(), BEGIN);
    departures.look(KNOWN, KNOWN, Map.of(), LATER.minusMillis(1));
    assertThat(departures.look(KNOWN, Set.of("own", "other"), Map.of(), LATER)).isEmpty();
  }

  @Test
  void aCaptureThatRunsOnSpeaksForItself() {
    Set<String> ring = Set.of("own", "other");
    departures.look(KNOWN, ring, Map.of(), BEGIN);
    Map<String, Instant> spoken = Map.of("gone", LATER.minusSeconds(1));
    assertThat(departures.look(KNOWN, ring, spoken, LATER)).isEmpty();
    assertThat(departures.look(KNOWN, ring, spoken, LATER.plus(Departures.SILENT)))
        .containsExactly("gone");
  }

  @Test
  void whoHasLeftItselfJudgesNobody() {
    departures.look(KNOWN, Set.of("other"), Map.of(), BEGIN);
    assertThat(departures.look(KNOWN, Set.of("other"), Map.of(), LATER)).isEmpty();
  }
}
