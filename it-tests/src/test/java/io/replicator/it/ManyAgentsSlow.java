package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.deploy.sandbox.AgentServer;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Two agents of each region share the work, and each can do all of it: {@code mvn verify -Pslow}.
 */
class ManyAgentsSlow {
  private static final Duration HANDOVER = Duration.ofSeconds(30);
  private static final int GROUPS = 10;

  /** As the sandbox's topics have. */
  private static final int PARTITIONS = 6;

  private static TwoRegions regions;

  @BeforeAll
  static void start() {
    regions = TwoRegions.started(2);
  }

  @AfterAll
  static void stop() {
    regions.close();
  }

  @Test
  void theShareOfAKilledAgentIsTakenOverWithinHalfAMinute() throws Exception {
    AgentServer killed = regions.region(WEST).agents().get(0);
    AgentServer other = regions.region(EAST).agents().get(1);
    try (Postbox west = new Postbox(regions.queues(WEST), "orders", 2)) {
      List<Letter> before = Letter.mixed("before", 60, new Random(1));
      regions.queues(EAST).send("orders-replication", before);
      west.awaitAll(before);
      killed.process().kill();
      other.process().kill();
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
    } finally {
      for (AgentServer agent : List.of(killed, other)) {
        agent.process().start();
        agent.process().awaitReady(Duration.ofSeconds(90));
      }
    }
  }

  @Test
  void aRollingRestartLosesNothingRepeatsNothingAndKeepsTheOrderOfEachGroup() throws Exception {
    try (Postbox west = new Postbox(regions.queues(WEST), "invoices.fifo", 2)) {
      Load load =
          new Load(regions.queues(EAST), "invoices-replication.fifo", "rolling", GROUPS, 60, 3);
      for (String region : List.of(EAST, WEST)) {
        for (AgentServer agent : regions.region(region).agents()) {
          agent.process().stop();
          agent.process().start();
          agent.process().awaitReady(Duration.ofSeconds(90));
        }
      }
      load.close();
      west.awaitAll(load.sent());
      assertThat(west.faults()).isEmpty();
      assertThat(west.repeated()).isZero();
      west.groups().values().forEach(numbers -> assertThat(numbers).isSorted());
    }
  }

  @Test
  void whatOneAgentIsToldToPauseAllPause() throws Exception {
    regions.invoke(WEST, "demo", EAST, "pause");
    awaitState("PAUSED");
    List<Letter> letters = Letter.mixed("paused", 30, new Random(4));
    regions.queues(EAST).send("demo-replication", letters);
    await()
        .atMost(HANDOVER)
        .until(
            () ->
                regions.region(WEST).agents().stream()
                        .mapToLong(
                            agent ->
                                regions
                                    .flow(agent, "demo", EAST)
                                    .map(flow -> flow.number("PendingChanges"))
                                    .orElse(0L))
                        .sum()
                    == letters.size());
    assertThat(regions.queues(WEST).size("demo")).isZero();
    regions.invoke(WEST, "demo", EAST, "resume");
    awaitState("RUNNING");
    try (Postbox west = new Postbox(regions.queues(WEST), "demo", 1)) {
      west.awaitAll(letters);
      assertThat(west.repeated()).isZero();
    }
  }

  private static void awaitState(String state) {
    for (AgentServer agent : regions.region(WEST).agents()) {
      await()
          .atMost(HANDOVER)
          .until(
              () ->
                  regions
                      .flow(agent, "demo", EAST)
                      .filter(flow -> flow.text("State").equals(state))
                      .isPresent());
    }
  }
}
