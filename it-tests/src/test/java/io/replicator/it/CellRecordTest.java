package io.replicator.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The oracle of cells knows Cassandra's rule. */
class CellRecordTest {
  private final CellRecord record = new CellRecord();

  @Test
  void theLatestTimestampWinsWhateverTheOrder() {
    write("a", "new", 2, 10L);
    write("b", "old", 1, 20L);
    assertThat(record.winners("k")).containsExactly(Optional.of("new"));
  }

  @Test
  void ofEqualTimestampsADeletionWinsThenTheGreaterValue() {
    write("a", "x", 1, 10L);
    write("b", "y", 1, 10L);
    assertThat(record.winners("k")).containsExactly(Optional.of("y"));
    write("a", null, 1, 10L);
    assertThat(record.winners("k")).containsExactly(Optional.empty());
  }

  @Test
  void whatWasNotConfirmedMayHaveHappenedOrNot() {
    write("a", "sure", 1, 10L);
    write("a", "unsure", 2, null);
    assertThat(record.winners("k"))
        .containsExactlyInAnyOrder(Optional.of("sure"), Optional.of("unsure"));
    write("b", "later", 3, 10L);
    assertThat(record.winners("k")).containsExactly(Optional.of("later"));
  }

  @Test
  void whatAKilledNodeHadJustConfirmedIsInDoubt() {
    write("a", "early", 1, 10L);
    write("a", "late", 2, 100L);
    write("b", "other", 0, 100L);
    record.doubt("a", 50, 150);
    assertThat(record.winners("k"))
        .containsExactlyInAnyOrder(Optional.of("early"), Optional.of("late"));
  }

  private void write(String region, String value, long timestamp, Long millis) {
    record.add(
        "k",
        new CellRecord.Write(
            region, Optional.ofNullable(value), timestamp, Optional.ofNullable(millis)));
  }
}
