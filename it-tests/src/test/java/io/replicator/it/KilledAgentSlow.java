package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.deploy.sandbox.AgentServer;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * How long nobody has what a killed agent had: {@code mvn verify -Pslow}. That nothing of it is
 * lost is for chaos to show.
 */
class KilledAgentSlow {
  private static final Duration HANDOVER = Duration.ofSeconds(30);

  /** As the sandbox's topics have. */
  private static final int PARTITIONS = 6;

  @Test
  void theShareOfAKilledAgentIsTakenOverWithinHalfAMinute() throws Exception {
    try (TwoRegions regions = TwoRegions.started(2);
        Postbox west = new Postbox(regions.queues(WEST), "orders", 2)) {
      List<Letter> before = Letter.mixed("before", 60, new Random(1));
      regions.queues(EAST).send("orders-replication", before);
      west.awaitAll(before);
      regions.region(WEST).agents().get(0).process().kill();
      regions.region(EAST).agents().get(1).process().kill();
      List<Letter> after = Letter.mixed("after", 60, new Random(2));
      regions.queues(EAST).send("orders-replication", after);
      AgentServer survivor = regions.region(WEST).agents().get(1);
      await()
          .atMost(HANDOVER)
          .until(
              () ->
                  regions
                      .flow(survivor, "orders", EAST)
                      .filter(flow -> flow.number("Partitions") == PARTITIONS)
                      .isPresent());
      // What the killed agent's polls were still given is visible again after half a minute more.
      west.awaitAll(after);
      assertThat(west.faults()).isEmpty();
    }
  }
}
