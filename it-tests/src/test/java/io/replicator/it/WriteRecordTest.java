package io.replicator.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The oracle decides what it can, and says so where it cannot. */
class WriteRecordTest {
  private final WriteRecord record = new WriteRecord();

  @Test
  void aRegionsLastWriteWinsOverItsEarlierOnes() {
    write("a", "one", 1_000);
    write("a", "two", 1_001);
    assertThat(record.winners("k")).containsExactly(Optional.of("two"));
  }

  @Test
  void aPutWinsOverWhatAnotherRegionFinishedInAnEarlierSecond() {
    write("a", "one", 1_900);
    write("b", "two", 2_100);
    assertThat(record.winners("k")).containsExactly(Optional.of("two"));
  }

  @Test
  void withinASecondEitherMayWin() {
    write("a", "one", 1_100);
    write("b", "two", 1_900);
    assertThat(record.winners("k"))
        .containsExactlyInAnyOrder(Optional.of("one"), Optional.of("two"));
  }

  @Test
  void aDeleteMayNotHaveSeenWhatAnotherRegionPut() {
    write("a", "one", 1_000);
    write("b", null, 5_000);
    assertThat(record.winners("k")).containsExactlyInAnyOrder(Optional.of("one"), Optional.empty());
  }

  @Test
  void aPutWinsOverAnEarlierDelete() {
    write("a", null, 1_000);
    write("b", "two", 5_000);
    assertThat(record.winners("k")).containsExactly(Optional.of("two"));
  }

  @Test
  void anUnconfirmedWriteMayHaveHappenedOrNot() {
    write("a", "one", 1_000);
    unsure("a", "two", 2_000);
    assertThat(record.winners("k"))
        .containsExactlyInAnyOrder(Optional.of("one"), Optional.of("two"));
    write("b", "three", 5_000);
    assertThat(record.winners("k")).containsExactly(Optional.of("three"));
  }

  @Test
  void anUnconfirmedWriteDecidesNothing() {
    write("a", "one", 1_000);
    unsure("b", "two", 5_000);
    assertThat(record.winners("k"))
        .containsExactlyInAnyOrder(Optional.of("one"), Optional.of("two"));
    write("b", "three", 6_000);
    assertThat(record.winners("k")).containsExactly(Optional.of("three"));
  }

  @Test
  void whatNobodyConfirmedMayBeMissing() {
    unsure("a", "one", 1_000);
    assertThat(record.winners("k")).containsExactlyInAnyOrder(Optional.of("one"), Optional.empty());
  }

  private void unsure(String region, String content, long at) {
    record.addUnsure("k", new WriteRecord.Write(region, Optional.ofNullable(content), at, at + 5));
  }

  private void write(String region, String content, long at) {
    record.add("k", new WriteRecord.Write(region, Optional.ofNullable(content), at, at + 5));
  }
}
