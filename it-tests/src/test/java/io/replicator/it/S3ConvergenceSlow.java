package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.deploy.bucket.Disturbance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Puts and deletes on few keys in both regions at once, with agents killed, the link cut, and
 * events late, twice and in any order. In full, ten seeds of 2,000 writes and five kills, with
 * {@code -Dreplicator.it.s3.seeds=10 -Dreplicator.it.s3.writes=2000 -Dreplicator.it.kills=5}.
 */
class S3ConvergenceSlow {
  private static final int SEEDS = Integer.getInteger("replicator.it.s3.seeds", 1);
  private static final int WRITES = Integer.getInteger("replicator.it.s3.writes", 400);
  private static final long FIRST_SEED = Long.getLong("replicator.it.s3.seed", 0);
  private static final int KEYS = 5;
  private static final int AGENTS = 2;
  private static final int KILLS = Integer.getInteger("replicator.it.kills", 3);
  private static final int LATEST_EVENT_MILLIS = 3_000;
  private static final Duration PATIENCE = Duration.ofMinutes(4);

  private final WriteRecord record = new WriteRecord();

  static LongStream seeds() {
    long first = FIRST_SEED == 0 ? System.nanoTime() : FIRST_SEED;
    return LongStream.range(first, first + SEEDS);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void afterQuietBothSidesAreEqualAndTheOracleKnowsEachWinner(long seed) throws Exception {
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    Disturbance disturbance = new Disturbance(seed, LATEST_EVENT_MILLIS, 0.2, true);
    try (S3Regions regions =
        S3Regions.started(
            AGENTS,
            region ->
                region
                    .buckets()
                    .orElseThrow()
                    .configure(config -> config.withDisturbance(disturbance)))) {
      ExecutorService services = Executors.newFixedThreadPool(2 * KEYS);
      try {
        List<CompletableFuture<Void>> writing = new ArrayList<>();
        for (String region : List.of(EAST, WEST)) {
          for (int key = 0; key < KEYS; key++) {
            String name = "key-" + key;
            long own = random.nextLong();
            writing.add(
                CompletableFuture.runAsync(
                    () -> write(regions.bucket(region), name, new Random(own)), services));
          }
        }
        disturb(regions, random);
        writing.forEach(CompletableFuture::join);
      } finally {
        services.shutdownNow();
      }
      finish(regions, random);
      regions.awaitSame("", PATIENCE);
      regions.assertNoDifference("");
      Map<String, String> shown = regions.bucket(EAST).texts("");
      for (String key : record.keys()) {
        assertThat(record.winners(key))
            .as("what %s may show (seed %d)", key, seed)
            .contains(Optional.ofNullable(shown.get(key)));
      }
      assertThat(record.keys()).containsAll(shown.keySet());
    }
  }

  /** One service's writes of a key, one after the other. */
  private void write(Buckets bucket, String key, Random random) {
    for (int number = 0; number < WRITES / (2 * KEYS); number++) {
      pause(random.nextInt(100));
      one(bucket, key, number + " " + random.nextLong(), random.nextInt(10) < 3);
    }
  }

  /** A delete of what is not there would be no write, so then it is a put. */
  private void one(Buckets bucket, String key, String text, boolean delete) {
    long begun = System.currentTimeMillis();
    Optional<String> content =
        delete && bucket.has(key)
            ? Optional.empty()
            : Optional.of(text + " of " + key + " in " + bucket.region());
    if (content.isPresent()) {
      bucket.put(key, content.get());
    } else {
      bucket.delete(key);
    }
    record.add(
        key, new WriteRecord.Write(bucket.region(), content, begun, System.currentTimeMillis()));
  }

  private static void disturb(S3Regions regions, Random random) throws InterruptedException {
    int cutAt = random.nextInt(KILLS);
    for (int kill = 0; kill < KILLS; kill++) {
      pause(500 + random.nextInt(1_500));
      if (kill == cutAt) {
        regions.regions().cut();
      }
      String region = random.nextBoolean() ? EAST : WEST;
      regions.regions().crash(regions.agent(region, random.nextInt(AGENTS)).process());
    }
    regions.regions().heal();
  }

  /** Some keys get a last put in a second of its own: there is no doubt who wins. */
  private void finish(S3Regions regions, Random random) {
    pause(1_100);
    IntStream.range(0, KEYS)
        .filter(key -> random.nextBoolean())
        .forEach(
            key ->
                one(
                    regions.bucket(random.nextBoolean() ? EAST : WEST),
                    "key-" + key,
                    "the last",
                    false));
  }

  private static void pause(int millis) {
    LockSupport.parkNanos(Duration.ofMillis(millis).toNanos());
  }
}
