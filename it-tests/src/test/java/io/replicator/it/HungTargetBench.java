package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.deploy.sandbox.SandboxStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * What a target in trouble costs: how soon its breaker opens, how soon its backlog drains when it
 * is well again, and what a flow to another target, which goes through the same agent, keeps.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class HungTargetBench {
  private static final int CHANGES = Integer.getInteger("replicator.bench.changes", 20_000);
  private static final int ROUNDS = Integer.getInteger("replicator.bench.rounds", 3);
  private static final Duration OUTAGE =
      Duration.ofSeconds(Integer.getInteger("replicator.bench.outage-seconds", 30));
  private static final int BYTES = 200;

  /** Changes a second to the target that is in trouble. */
  private static final int RATE = 200;

  /** Objects a second beside it: few, or what they cost of the processors hides all the rest. */
  private static final int OBJECTS = 5;

  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static TroubledRegions regions;

  @BeforeAll
  static void start() {
    regions = new TroubledRegions(Set.of(SandboxStore.SQS, SandboxStore.S3));
  }

  @AfterAll
  static void stop() {
    regions.close();
  }

  @Test
  @Order(1)
  void aTargetThatHangs() throws Exception {
    trouble("hangs", regions::hang, false);
  }

  @Test
  @Order(2)
  void aTargetThatAnswersWithErrors() throws Exception {
    trouble("answers 500 and the like", regions::fail, false);
  }

  @Test
  @Order(3)
  void aTargetThatIsNotThere() throws Exception {
    trouble("refuses connections", regions::refuse, true);
  }

  /** The buckets hang, with changes for them all the time, while queues have a backlog. */
  @Test
  @Order(4)
  void theShareThatAHealthyFlowKeeps() throws Exception {
    try (BulkCapture capture = regions.capture()) {
      throughput(capture, "warm", false);
      List<Double> ratios = new ArrayList<>();
      for (int round = 0; round < ROUNDS; round++) {
        double[] rates = new double[2]; // beside a healthy target, beside one that hangs
        for (int turn = 0; turn < 2; turn++) {
          int which = (round + turn) % 2;
          rates[which] = throughput(capture, (which == 1 ? "hung" : "plain") + round, which == 1);
        }
        ratios.add(rates[1] / rates[0]);
        System.out.printf(
            "BENCH hung target, round %d: a healthy flow beside it %.0f changes/s, beside a healthy"
                + " one %.0f changes/s, ratio %.2f%n",
            round, rates[1], rates[0], rates[1] / rates[0]);
      }
      System.out.printf(
          "BENCH hung target: share that a healthy flow keeps, median of %d: %.2f%n",
          ROUNDS, ratios.stream().sorted().skip(ROUNDS / 2).findFirst().orElseThrow());
    }
  }

  /** Measures an outage of the queues under a steady load. */
  private static void trouble(String what, Runnable begin, boolean refused) throws Exception {
    String run = what.replaceAll("[^a-z]", "");
    try (AgentJmx jmx = regions.jmx();
        Postbox west = new Postbox(regions.both().queues(WEST), TroubledRegions.RESOURCE, 2);
        Load load = regions.load(run, RATE)) {
      awaitUntil(
          PATIENCE,
          () ->
              west.distinct() > 5 * RATE
                  && backlog(load, west) < RATE
                  && breaker(jmx).equals("CLOSED"));
      long from = System.nanoTime();
      begin.run();
      awaitUntil(PATIENCE, () -> breaker(jmx).equals("OPEN"));
      double opened = seconds(from);
      LockSupport.parkNanos(OUTAGE.toNanos() - (System.nanoTime() - from));
      assertThat(breaker(jmx)).as("the breaker during the outage").isIn("OPEN", "HALF_OPEN");
      int arrived = west.distinct();
      int waiting = backlog(load, west);
      from = System.nanoTime();
      regions.heal(refused);
      // One passes as a probe.
      awaitUntil(PATIENCE, () -> west.distinct() > arrived + 10);
      double begins = seconds(from);
      awaitUntil(PATIENCE, () -> backlog(load, west) < RATE);
      double drained = seconds(from);
      load.stop();
      west.awaitAll(load.sent());
      assertThat(west.faults()).isEmpty();
      assertThat(regions.flow().number("DeadLettered")).isZero();
      System.out.printf(
          "BENCH a target that %s: breaker open after %.1f s; healthy again after %d s, its backlog"
              + " of %d changes begins to drain after %.1f s and is drained after %.1f s, at %d new"
              + " ones a second; %d came twice%n",
          what, opened, OUTAGE.toSeconds(), waiting, begins, drained, RATE, west.repeated());
    }
    regions.purge();
  }

  private static int backlog(Load load, Postbox west) {
    return load.count() - west.distinct();
  }

  private static String breaker(AgentJmx jmx) throws Exception {
    return jmx.breaker("sqs", TroubledRegions.RESOURCE);
  }

  private static double throughput(BulkCapture capture, String run, boolean hang) throws Exception {
    regions.fill(capture, run, CHANGES, BYTES);
    if (hang) {
      regions.toBuckets().stall();
    }
    AtomicBoolean enough = new AtomicBoolean();
    AtomicInteger objects = new AtomicInteger();
    Thread writer = new Thread(() -> put(run, enough, objects), "objects");
    writer.start();
    long begin = System.nanoTime();
    regions.resume();
    awaitUntil(PATIENCE, () -> regions.turnstile().passed(run) == CHANGES);
    double rate = CHANGES / seconds(begin);
    enough.set(true);
    writer.join();
    regions.purge();
    regions.toBuckets().heal();
    awaitObjects(run);
    return rate;
  }

  private static void put(String run, AtomicBoolean enough, AtomicInteger objects) {
    try (Buckets east = buckets(EAST)) {
      Random random = new Random(1);
      long begin = System.nanoTime();
      while (!enough.get()) {
        int number = objects.getAndIncrement();
        east.put(run + "/" + number, StoredObject.random(BYTES, false, random));
        LockSupport.parkNanos(
            begin + (number + 1) * Duration.ofSeconds(1).toNanos() / OBJECTS - System.nanoTime());
      }
    }
  }

  private static void awaitObjects(String run) {
    try (Buckets east = buckets(EAST);
        Buckets west = buckets(WEST)) {
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> west.list(run + "/").equals(east.list(run + "/")));
    }
  }

  private static Buckets buckets(String region) {
    return new Buckets(region, regions.both().region(region).buckets().orElseThrow().endpoint());
  }

  private static void awaitUntil(Duration most, Callable<Boolean> condition) {
    await().atMost(most).pollInterval(Duration.ofMillis(50)).until(condition);
  }

  private static double seconds(long from) {
    return (System.nanoTime() - from) / 1e9;
  }
}
