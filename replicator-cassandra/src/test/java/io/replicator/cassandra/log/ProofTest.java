package io.replicator.cassandra.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** When a segment that is gone may have been deleted unread. */
class ProofTest {
  private static NavigableMap<Long, String> there(Long... ids) {
    NavigableMap<Long, String> there = new TreeMap<>();
    for (Long id : ids) {
      there.put(id, "");
    }
    return there;
  }

  private static Position in(long segment) {
    return new Position(segment, 100, 0);
  }

  @Test
  void whileTheAnchorStandsNothingIsMissing() {
    Proof proof = new Proof(3);
    assertThat(proof.fails(in(5), there(3L, 9L), false)).isFalse();
    assertThat(proof.fails(in(5), there(9L), false)).isTrue();
    assertThat(proof.anchor()).isZero();
  }

  @Test
  void aPositionWithoutAnAnchorProvesNothing() {
    assertThat(new Proof(0).fails(in(5), there(9L), false)).isTrue();
    assertThat(new Proof(0).fails(Position.startOf(0), there(9L), false))
        .as("a flow that begins has missed nothing")
        .isFalse();
  }

  @Test
  void anEmptyLogWithoutItsAnchorIsAGapAtOnceAndToldOnce() {
    Proof proof = new Proof(5);
    assertThat(proof.fails(in(5), there(), false)).isTrue();
    assertThat(proof.fails(in(5), there(), false)).isFalse();
    assertThat(proof.fails(in(5), there(9L), false)).as("and what came after").isTrue();
  }

  @Test
  void aSegmentThatWasReadToItsEndProvesUnlessOneWithChangesWentBehindIt() {
    Proof proof = new Proof(0);
    assertThat(proof.fails(in(5), there(9L), true)).isFalse();
    proof.saw(new TreeSet<>(List.of(7L)), in(5));
    assertThat(proof.fails(in(5), there(7L), true)).isFalse();
    assertThat(proof.fails(in(5), there(9L), true)).isTrue();
  }

  @Test
  void theYoungestSegmentWithChangesThatIsDurableIsTheAnchor() {
    Proof proof = new Proof(0);
    proof.saw(new TreeSet<>(List.of(3L, 5L, 7L)), in(5));
    assertThat(proof.anchor()).isEqualTo(5);
    proof.saw(new TreeSet<>(), in(6));
    assertThat(proof.anchor()).isEqualTo(5);
  }
}
