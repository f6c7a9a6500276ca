package io.replicator.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which nodes are said to lack a capture. */
class UncapturedTest {
  private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant LATER = BEGIN.plus(Uncaptured.PATIENCE);
  private static final Map<String, String> RING =
      Map.of("own", "dc1", "other", "dc1", "bare", "dc1", "far", "dc2");
  private static final Set<String> KNOWN = Set.of("own", "other");
  private final Uncaptured uncaptured = new Uncaptured("own");

  @Test
  void aNodeWithoutACaptureIsNamedAfterAWhileUntilItHasOne() {
    assertThat(uncaptured.look(KNOWN, RING, BEGIN)).isEmpty();
    assertThat(uncaptured.look(KNOWN, RING, LATER.minusMillis(1))).isEmpty();
    assertThat(uncaptured.look(KNOWN, RING, LATER)).containsExactly("bare");
    assertThat(uncaptured.look(Set.of("own", "other", "bare"), RING, LATER)).isEmpty();
  }

  @Test
  void aNodeThatLeavesIsNamedNoLonger() {
    uncaptured.look(KNOWN, RING, BEGIN);
    Map<String, String> smaller = Map.of("own", "dc1", "other", "dc1");
    assertThat(uncaptured.look(KNOWN, smaller, LATER)).isEmpty();
    assertThat(uncaptured.look(KNOWN, RING, LATER)).as("it begins anew").isEmpty();
  }

  @Test
  void whoIsNoMemberItselfNamesNobody() {
    Map<String, String> others = Map.of("other", "dc1", "bare", "dc1");
    uncaptured.look(KNOWN, others, BEGIN);
    assertThat(uncaptured.look(KNOWN, others, LATER)).isEmpty();
  }
}
