package io.replicator.it;

import io.replicator.deploy.bucket.Disturbance;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * Whatever goes wrong while services write all stores in both regions, in the end every write is in
 * both, and nothing else is. A minute of faults, which takes four; longer with {@code -Pchaos
 * -Dminutes=5 -Dseed=1}.
 */
@ResourceLock(ChaosTest.QUIET)
class ChaosTest {
  /** What a test locks that measures time: chaos takes more than its share of the cores. */
  static final String QUIET = "a machine without chaos";

  private static final Duration LENGTH =
      Duration.ofSeconds(Math.round(60 * Double.parseDouble(System.getProperty("minutes", "1"))));
  private static final int LATEST_EVENT_MILLIS = 3_000;
  private static final int AGENTS = Integer.getInteger("replicator.it.agents", 2);

  @Test
  void afterAnyFaultsEveryWriteIsInBothRegionsAndNothingElseIs() throws Exception {
    long seed = Long.getLong("seed", ThreadLocalRandom.current().nextInt(1_000_000));
    ChaosPlan plan = ChaosPlan.of(seed, LENGTH);
    System.out.println(plan);
    Leftovers.assertNoneOf(leftovers -> live(seed, plan, leftovers));
  }

  private static void live(long seed, ChaosPlan plan, Leftovers leftovers) throws Exception {
    long begin = System.nanoTime();
    // Notifications come late, twice and in any order besides.
    Disturbance disturbance = new Disturbance(seed, LATEST_EVENT_MILLIS, 0.2, true);
    try (ChaosRegions regions =
            new ChaosRegions(
                AGENTS,
                region ->
                    region
                        .buckets()
                        .orElseThrow()
                        .configure(config -> config.withDisturbance(disturbance)));
        ChaosOracle oracle = new ChaosOracle(regions);
        ChaosWriters writers = new ChaosWriters(regions, seed)) {
      leftovers.watch(regions.regions());
      System.out.printf("seed %d: start %d s%n", seed, seconds(begin, System.nanoTime()));
      try {
        System.out.printf("seed %d: %s%n", seed, pass(plan, regions, oracle, writers));
      } catch (AssertionError | RuntimeException e) {
        System.out.printf(
            "seed %d: %s failed; see %s%n",
            seed,
            plan.counts(),
            Evidence.keep(regions.regions(), ChaosRegions.NAMES, "chaos-" + seed));
        throw e;
      }
    }
  }

  /** Has all faults happen and judges what is there in the end; returns what there is to report. */
  private static String pass(
      ChaosPlan plan, ChaosRegions regions, ChaosOracle oracle, ChaosWriters writers)
      throws Exception {
    long started = System.nanoTime();
    Chaos chaos = new Chaos(regions);
    chaos.run(plan);
    writers.stop();
    chaos.heal();
    long healed = System.nanoTime();
    oracle.judge(writers, chaos);
    long equal = System.nanoTime();
    ChaosAccounts accounts = new ChaosAccounts(regions.regions());
    accounts.addUp(writers);
    long added = System.nanoTime();
    String outcomes = accounts.countOnce(writers, () -> oracle.judge(writers, chaos));
    return ("%s; %s; %s; %d requests refused; ended by itself: %s; chaos %d s, equal after %d s,"
            + " accounts %d s, counted once %d s; %s")
        .formatted(
            plan.counts(),
            writers,
            oracle,
            regions.refused(),
            chaos.ended(),
            seconds(started, healed),
            seconds(healed, equal),
            seconds(equal, added),
            seconds(added, System.nanoTime()),
            outcomes);
  }

  private static long seconds(long from, long to) {
    return Duration.ofNanos(to - from).toSeconds();
  }
}
