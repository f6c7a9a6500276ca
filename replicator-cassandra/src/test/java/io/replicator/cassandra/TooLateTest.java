package io.replicator.cassandra;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.Change;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What a flow says of changes that came later than the target keeps tombstones. */
class TooLateTest {
  private static final Instant WRITTEN = Instant.parse("2026-01-01T10:00:00Z");

  private final TooLate tooLate = new TooLate("cassandra/shop@us-east-1");

  @Test
  void theHintNamesTheCommandThatEndsItAndThatOneDoes() {
    tooLate.refuse(
        new Change(
            "id",
            "key",
            Change.Kind.UPSERT,
            WRITTEN,
            Optional.empty(),
            Optional.empty(),
            new TreeMap<>(),
            new byte[0]),
        new TableName("shop", "orders"),
        Duration.ofDays(10));
    Condition condition = tooLate.condition();
    assertThat(condition.state()).isEqualTo(FlowState.DEGRADED);
    assertThat(condition.reason()).contains("shop.orders", WRITTEN.toString());
    assertThat(condition.hint())
        .contains("replicator backfill cassandra/shop@us-east-1")
        .endsWith("; then here: replicator accept-gap cassandra/shop@us-east-1");
    tooLate.accept();
    assertThat(tooLate.condition()).isEqualTo(Condition.RUNNING);
  }
}
