package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.deploy.sandbox.SandboxStore;
import io.replicator.deploy.status.Bean;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What millions of pending changes cost the agent that has to apply them: heap and memory while the
 * target refuses and while it drains, and whether lag and pending stay true.
 */
class PendingBench {
  private static final int PENDING = Integer.getInteger("replicator.bench.pending", 500_000);
  private static final int BYTES = 100;

  /** How long it is watched with all of them pending. */
  private static final Duration HOLD =
      Duration.ofSeconds(Integer.getInteger("replicator.bench.hold-seconds", 60));

  /** How long it may drain, if that takes longer. */
  private static final Duration DRAIN =
      Duration.ofSeconds(Integer.getInteger("replicator.bench.drain-seconds", 120));

  /** What a flow may have under way: within that, changes arrive in any order. */
  private static final int WINDOW = 5_000;

  private static final String RUN = "pending";
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static TroubledRegions regions;
  private static BulkCapture capture;

  @BeforeAll
  static void start() throws Exception {
    regions = new TroubledRegions(Set.of(SandboxStore.SQS));
    regions.keepEmpty();
    capture = regions.capture();
  }

  @AfterAll
  static void stop() {
    capture.close();
    regions.close();
  }

  /**
   * A look at the agent.
   *
   * @param resident memory of the process in bytes
   */
  private record Look(MemoryUsage heap, long resident, Bean flow, long millis, long arrived) {}

  @Test
  void millionsOfPendingChanges() throws Exception {
    try (AgentJmx jmx = regions.jmx()) {
      regions
          .both()
          .awaitFlow(
              WEST,
              TroubledRegions.RESOURCE,
              EAST,
              Duration.ofSeconds(60),
              flow -> flow.text("State").equals("RUNNING") && flow.number("LagMillis") >= 0);
      tell("before", look(jmx), Instant.now());
      regions.fail();
      Instant first = Instant.now();
      List<Look> filling = new ArrayList<>();
      CompletableFuture<Void> written =
          CompletableFuture.runAsync(() -> capture.write(RUN, PENDING, BYTES));
      watch(jmx, filling, () -> !written.isDone());
      written.join();
      capture.awaitMirrored(regions.both().region(WEST).broker().bootstrap());
      System.out.printf(
          "BENCH pending: %d changes written and mirrored in %.0f s; heap at most %d MiB, RSS at"
              + " most %d MiB meanwhile%n",
          PENDING,
          Duration.between(first, Instant.now()).toMillis() / 1e3,
          heap(filling),
          resident(filling));
      watch(jmx, new ArrayList<>(), during(LOOK.multipliedBy(3))); // the status tells of the last
      List<Look> holding = new ArrayList<>();
      watch(jmx, holding, during(HOLD));
      assertThat(holding).allMatch(look -> look.arrived() == 0);
      regions.assertNotPassed(first);
      report("target refuses", holding, first);
      tell("with all of them", holding.get(holding.size() - 1), first);

      regions.heal(false);
      long begin = System.nanoTime();
      List<Look> draining = new ArrayList<>();
      BooleanSupplier time = during(DRAIN);
      watch(jmx, draining, () -> time.getAsBoolean() && regions.turnstile().passed(RUN) < PENDING);
      int arrived = regions.turnstile().passed(RUN);
      System.out.printf(
          "BENCH pending: drained %d of %d at %.0f changes/s, %d of them twice; heap at most %d MiB,"
              + " RSS at most %d MiB meanwhile%n",
          arrived,
          PENDING,
          arrived / ((System.nanoTime() - begin) / 1e9),
          regions.turnstile().repeated(),
          heap(draining),
          resident(draining));
      reportPending("drains", draining);
      assertNothingLost();
      assertThat(regions.flow().number("DeadLettered")).isZero();
      assertThat(regions.flow().number("Missing")).isZero();
    }
  }

  private static BooleanSupplier during(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    return () -> System.nanoTime() < end;
  }

  private static void watch(AgentJmx jmx, List<Look> looks, BooleanSupplier goesOn)
      throws Exception {
    while (goesOn.getAsBoolean()) {
      looks.add(look(jmx));
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  private static Look look(AgentJmx jmx) throws Exception {
    Bean flow = regions.flow();
    return new Look(
        jmx.heap(),
        AgentJmx.resident(regions.both().region(WEST).agent().process().pid()),
        flow,
        System.currentTimeMillis(),
        regions.turnstile().passed(RUN));
  }

  private static void tell(String when, Look look, Instant first) {
    System.out.printf(
        "BENCH pending, %s: heap %d of %d MiB, RSS %d MiB, pending %d, lag %.1f s (oldest change"
            + " %.1f s), %s%n",
        when,
        look.heap().getUsed() >> 20,
        look.heap().getMax() >> 20,
        look.resident() >> 20,
        look.flow().number("PendingChanges"),
        look.flow().number("LagMillis") / 1e3,
        (look.millis() - first.toEpochMilli()) / 1e3,
        look.flow().text("State"));
  }

  private static void report(String phase, List<Look> looks, Instant first) {
    System.out.printf(
        "BENCH pending, %s: heap at most %d MiB, RSS at most %d MiB, largest error of lag %.1f s%n",
        phase,
        heap(looks),
        resident(looks),
        looks.stream()
                .mapToLong(
                    look ->
                        Math.abs(
                            look.flow().number("LagMillis")
                                - (look.millis() - first.toEpochMilli())))
                .max()
                .orElseThrow()
            / 1e3);
    reportPending(phase, looks);
  }

  private static void reportPending(String phase, List<Look> looks) {
    System.out.printf(
        "BENCH pending, %s: largest error of pending %d changes%n",
        phase,
        looks.stream()
            .mapToLong(
                look -> Math.abs(look.flow().number("PendingChanges") - (PENDING - look.arrived())))
            .max()
            .orElseThrow());
  }

  private static long heap(List<Look> looks) {
    return looks.stream().mapToLong(look -> look.heap().getUsed() >> 20).max().orElse(0);
  }

  private static long resident(List<Look> looks) {
    return looks.stream().mapToLong(look -> look.resident() >> 20).max().orElse(0);
  }

  /** What has not arrived comes behind all that has, but for what is under way. */
  private static void assertNothingLost() {
    BitSet numbers = regions.turnstile().numbers(RUN);
    int most = 0;
    for (int partition = 0; partition < capture.partitions(); partition++) {
      int holes = 0;
      int last = -1;
      for (int number = partition; number < PENDING; number += capture.partitions()) {
        last = numbers.get(number) ? number : last;
      }
      for (int number = partition; number <= last; number += capture.partitions()) {
        holes += numbers.get(number) ? 0 : 1;
      }
      most = Math.max(most, holes);
    }
    assertThat(most).as("changes of a partition that others have passed").isLessThan(WINDOW);
    if (regions.turnstile().passed(RUN) == PENDING) {
      assertThat(most).isZero();
    }
  }
}
