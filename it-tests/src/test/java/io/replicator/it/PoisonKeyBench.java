package io.replicator.it;

import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.deploy.process.ServerProcess;
import io.replicator.deploy.sandbox.SandboxStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What a key costs the others whose changes fail for good: throughput beside the same run in which
 * it does not fail, and what a kill of the applying agent then repeats.
 */
class PoisonKeyBench {
  private static final int CHANGES = Integer.getInteger("replicator.bench.changes", 100_000);
  private static final int ROUNDS = Integer.getInteger("replicator.bench.rounds", 3);

  /** Of the key that fails, spread over the others. */
  private static final int FAILING = 20;

  private static final int BYTES = 200;
  private static final long MOST_REPEATED = 10_000;
  private static final Duration PATIENCE = Duration.ofMinutes(30);
  private static TroubledRegions regions;
  private static BulkCapture capture;

  @BeforeAll
  static void start() throws Exception {
    regions = new TroubledRegions(Set.of(SandboxStore.SQS));
    capture = regions.capture();
    regions.keepEmpty();
  }

  @AfterAll
  static void stop() {
    capture.close();
    regions.close();
  }

  @Test
  void aKeyThatFailsForGood() throws Exception {
    throughput("warm", false, Math.min(CHANGES, 20_000));
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      boolean failingFirst = round % 2 == 1;
      double first = throughput("first" + round, failingFirst, CHANGES);
      double second = throughput("second" + round, !failingFirst, CHANGES);
      double plain = failingFirst ? second : first;
      double failing = failingFirst ? first : second;
      ratios.add(failing / plain);
      System.out.printf(
          "BENCH poison key, round %d: without %.0f changes/s, with %.0f changes/s, ratio %.2f%n",
          round, plain, failing, failing / plain);
    }
    System.out.printf(
        "BENCH poison key: while %d changes of other keys pass, ratio of throughput, median of %d:"
            + " %.2f%n",
        CHANGES, ROUNDS, ratios.stream().sorted().skip(ROUNDS / 2).findFirst().orElseThrow());
    restart("restart");
    assertThat(regions.flow().number("DeadLettered")).isZero();
    assertThat(regions.flow().number("Skipped")).isZero();
  }

  private static double throughput(String run, boolean failing, int changes) throws Exception {
    long before = regions.turnstile().turnedAway();
    Instant written = fill(run, failing, changes);
    long begin = System.nanoTime();
    regions.resume();
    awaitOthers(run, changes);
    double seconds = (System.nanoTime() - begin) / 1e9;
    if (failing) {
      assertThat(regions.turnstile().turnedAway()).as("the key fails").isGreaterThan(before);
      assertThat(regions.turnstile().passed("poison" + run)).isZero();
      regions.assertNotPassed(written);
      System.out.printf("BENCH poison key, %s: %d parked%n", run, regions.flow().number("Parked"));
    }
    awaitPoison(run);
    return changes / seconds;
  }

  private static void restart(String run) throws Exception {
    Instant written = fill(run, true, CHANGES);
    regions.resume();
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> regions.turnstile().passed(run) > CHANGES / 2);
    ServerProcess agent = regions.both().region(WEST).agent().process();
    agent.kill();
    long before = regions.turnstile().repeated();
    agent.start();
    agent.awaitReady(Duration.ofSeconds(90));
    awaitOthers(run, CHANGES);
    assertThat(regions.turnstile().passed("poison" + run)).isZero();
    regions.assertNotPassed(written);
    awaitPoison(run);
    long repeated = regions.turnstile().repeated() - before;
    System.out.printf(
        "BENCH poison key: kill -9 after half of %d changes: %d applied again%n",
        CHANGES, repeated);
    assertThat(repeated).isLessThanOrEqualTo(MOST_REPEATED);
  }

  /** Fills the flow while it stands still; returns when that was begun. */
  private static Instant fill(String run, boolean failing, int changes) throws Exception {
    regions.turnstile().turnAway(body -> failing && body.startsWith("poison"));
    regions.pause();
    String filler = "x".repeat(BYTES);
    int poison = 0;
    Instant begun = Instant.now();
    for (int number = 0; number < changes; number++) {
      if (poison < FAILING && number >= poison * (changes / FAILING)) {
        capture.write(capture.keyOfItsOwn(), "poison" + run + "/" + poison++ + "/" + filler);
      }
      capture.write(capture.key(number), run + "/" + number + "/" + filler);
    }
    capture.flush();
    capture.awaitMirrored(regions.both().region(WEST).broker().bootstrap());
    return begun;
  }

  private static void awaitOthers(String run, int changes) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> regions.turnstile().passed(run) == changes);
  }

  /** Mends the key, and waits until its changes are there, in order. */
  private static void awaitPoison(String run) {
    regions.turnstile().turnAway(body -> false);
    await().atMost(PATIENCE).until(() -> regions.turnstile().passed("poison" + run) == FAILING);
    assertThat(regions.turnstile().order("poison" + run))
        .isEqualTo(IntStream.range(0, FAILING).boxed().toList());
  }
}
