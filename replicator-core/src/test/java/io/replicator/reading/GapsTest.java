package io.replicator.reading;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.lag.Conditions;
import io.replicator.model.Clocks;
import io.replicator.model.Flow;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is said of changes that never came. */
class GapsTest {
  private static final Flow FLOW = Flow.parse("sqs/orders@us-east-1");
  private final Conditions conditions = new Conditions(FLOW.toString());
  private final Gaps gaps = new Gaps(FLOW, conditions, true, List::of);

  private static List<Reading> readings(int count) {
    return IntStream.range(0, count)
        .mapToObj(
            partition -> new Reading(partition, Instant.EPOCH, Optional.empty(), Clocks.system()))
        .toList();
  }

  @Test
  void eachPartitionThatWasPurgedIsNamedUntilThereAreMany() {
    List<Reading> readings = readings(5);
    readings.get(1).purged("topic-1 was purged");
    gaps.report(readings);
    assertThat(conditions.present().reason()).isEqualTo("topic-1 was purged");
    readings.get(3).purged("topic-3 was purged");
    gaps.report(readings);
    assertThat(conditions.present().reason()).contains("topic-1", "topic-3");
    readings.forEach(it -> it.purged("topic-" + it.partition() + " was purged"));
    gaps.report(readings);
    assertThat(conditions.present().reason()).contains("topic-0", "and in 2 partitions more");
  }

  @Test
  void aBackfillIsNamedOnlyWhereTheStoreCanTellItsState() {
    List<Reading> readings = readings(1);
    readings.get(0).purged("topic-0 was purged");
    gaps.report(readings);
    assertThat(conditions.present().hint()).contains("replicator backfill " + FLOW);
    new Gaps(FLOW, conditions, false, List::of).report(readings);
    assertThat(conditions.present().hint())
        .doesNotContain("backfill")
        .contains("sent again in us-east-1", "then here: replicator accept-gap " + FLOW);
  }
}
