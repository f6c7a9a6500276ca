package io.replicator.cassandra.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.LongStream;
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
    assertThat(proof.saw(Set.of(5L, 7L), new TreeSet<>(List.of(7L)), in(5))).isFalse();
    assertThat(proof.fails(in(5), there(7L), true)).isFalse();
    assertThat(proof.fails(in(5), there(9L), true)).isTrue();
  }

  @Test
  void theYoungestSegmentWithChangesThatIsDurableIsTheAnchor() {
    Proof proof = new Proof(0);
    saw(proof, in(5), 3, 5, 7);
    assertThat(proof.anchor()).isEqualTo(5);
    assertThat(proof.saw(Set.of(5L, 6L), new TreeSet<>(), in(6))).isFalse();
    assertThat(proof.anchor()).isEqualTo(5);
  }

  /** Looks at segments that all hold changes. */
  private static boolean saw(Proof proof, Position durable, long... ids) {
    NavigableSet<Long> segments = new TreeSet<>(LongStream.of(ids).boxed().toList());
    return proof.saw(segments, segments, durable);
  }

  @Test
  void anAnchorThatIsGoneIsAGapAtOnceThoughItComesBack() {
    Proof proof = new Proof(3);
    assertThat(saw(proof, in(5), 3, 7, 8, 9)).isFalse();
    assertThat(saw(proof, in(5), 9)).as("7 and 8 went with the anchor").isTrue();
    assertThat(saw(proof, in(5), 9)).as("once").isFalse();
    assertThat(saw(proof, in(5), 3, 9)).as("linked again by the node").isFalse();
    assertThat(proof.fails(in(5), there(3L, 9L), false)).as("which was told").isFalse();
  }

  @Test
  void whatWentWithTheAnchorIsNotToldOnceMoreAndWhatGoesLaterIs() {
    Proof proof = new Proof(3);
    saw(proof, in(5), 3, 7, 9, 11);
    assertThat(saw(proof, in(5), 9, 11)).isTrue();
    assertThat(proof.fails(in(5), there(9L, 11L), true)).isFalse();
    assertThat(proof.fails(in(5), there(11L), true)).isTrue();
  }

  @Test
  void anAnchorThatGoesAloneIsNoGap() {
    Proof proof = new Proof(3);
    saw(proof, in(5), 3, 7, 9);
    assertThat(proof.saw(Set.of(5L, 7L, 9L), new TreeSet<>(List.of(7L, 9L)), in(5)))
        .as("the segment that is read is older than what is not read")
        .isFalse();
    assertThat(saw(proof, in(5), 7, 9)).as("the oldest goes first").isFalse();
    assertThat(proof.anchor()).isEqualTo(7);
    assertThat(proof.fails(in(5), there(7L, 9L), false)).isFalse();
    assertThat(saw(proof, in(5), 9)).isTrue();
  }

  @Test
  void anAnchorThatWasDeletedForAYoungerOneIsNoGap() {
    Proof proof = new Proof(3);
    saw(proof, in(5), 3, 7, 9);
    assertThat(saw(proof, in(9), 7, 9)).isFalse();
    assertThat(proof.anchor()).isEqualTo(9);
    assertThat(proof.saw(Set.of(11L), new TreeSet<>(List.of(9L, 11L)), in(11))).isFalse();
    assertThat(proof.anchor()).isEqualTo(11);
  }

  @Test
  void theSegmentThatIsReadIsNoAnchorThatGoesAlone() {
    Proof proof = new Proof(3);
    saw(proof, in(5), 3, 5, 7, 9);
    assertThat(proof.anchor()).isEqualTo(5);
    assertThat(saw(proof, in(5), 7, 9)).as("it is open, and can be read on").isFalse();
    assertThat(proof.anchor()).as("what a next life has to miss").isEqualTo(5);
    assertThat(new Proof(5).fails(in(5), there(7L, 9L), false)).isTrue();
    assertThat(proof.fails(in(5), there(7L, 9L), true)).as("read to its end").isFalse();
    assertThat(proof.anchor()).as("until that is durable").isEqualTo(5);
    assertThat(saw(proof, in(7), 7, 9)).isFalse();
    assertThat(proof.anchor()).isEqualTo(7);
  }

  @Test
  void whatIsReadAndNotDurableYetStaysTheAnchorWhateverGoesBehindIt() {
    Proof proof = new Proof(3);
    saw(proof, in(5), 3, 5, 7);
    assertThat(saw(proof, in(5), 7)).isFalse();
    assertThat(proof.fails(in(9), there(7L, 11L), true)).as("9 had no changes").isFalse();
    assertThat(proof.anchor()).isEqualTo(5);
  }

  @Test
  void theSegmentThatIsReadIsMissedWhereItWasNotOpenOrTheNextOneWentToo() {
    Proof closed = new Proof(3);
    saw(closed, in(5), 3, 5, 7);
    assertThat(closed.fails(in(5), there(7L), false)).isTrue();
    Proof open = new Proof(3);
    saw(open, in(5), 3, 5, 7, 9);
    assertThat(saw(open, in(5), 7, 9)).isFalse();
    assertThat(saw(open, in(5), 9)).isTrue();
    assertThat(saw(open, in(5), 9)).as("once").isFalse();
  }
}
