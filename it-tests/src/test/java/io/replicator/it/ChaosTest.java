package io.replicator.it;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Whatever goes wrong while services write all stores in both regions, in the end every write is in
 * both, and nothing else is. In full with {@code -Pchaos -Dminutes=5 -Dseed=1}.
 */
@Isolated("what it kills takes both cores")
class ChaosSlow {
  private static final Duration LENGTH =
      Duration.ofSeconds(Math.round(60 * Double.parseDouble(System.getProperty("minutes", "0.5"))));
  private static final int AGENTS = Integer.getInteger("replicator.it.agents", 1);

  @Test
  void afterAnyFaultsEveryWriteIsInBothRegionsAndNothingElseIs() throws Exception {
    long seed = Long.getLong("seed", ThreadLocalRandom.current().nextInt(1_000_000));
    ChaosPlan plan = ChaosPlan.of(seed, LENGTH);
    System.out.println(plan);
    Leftovers leftovers = new Leftovers();
    long begin = System.nanoTime();
    try (ChaosRegions regions = new ChaosRegions(AGENTS);
        ChaosOracle oracle = new ChaosOracle(regions);
        ChaosWriters writers = new ChaosWriters(regions, seed)) {
      long started = System.nanoTime();
      Chaos chaos = new Chaos(regions);
      chaos.run(plan);
      writers.stop();
      chaos.heal();
      long healed = System.nanoTime();
      oracle.judge(writers, chaos);
      ChaosAccounts accounts = new ChaosAccounts(regions.regions());
      accounts.addUp(writers);
      String outcomes = accounts.countOnce(writers, () -> oracle.judge(writers, chaos));
      System.out.printf(
          "seed %d: %s; %s; %s; %d requests refused; ended by itself: %s; start %d s, chaos %d s,"
              + " settled in %d s; %s%n",
          seed,
          plan.counts(),
          writers,
          oracle,
          regions.refused(),
          chaos.ended(),
          seconds(begin, started),
          seconds(started, healed),
          seconds(healed, System.nanoTime()),
          outcomes);
    }
    leftovers.assertNone();
  }

  private static long seconds(long from, long to) {
    return Duration.ofNanos(to - from).toSeconds();
  }
}
