package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Many objects of all sizes, both directions at once. In full, 10,000 objects of 1 GiB, with {@code
 * -Dreplicator.it.s3.objects=10000}.
 */
@OnSharedBuckets
class S3VolumeTest {
  private static final int OBJECTS = Integer.getInteger("replicator.it.s3.objects", 1_000);
  private static final int WRITERS = 8;
  private static final int LARGEST = 64 << 20;
  private static final int MEAN = 43_000;
  private static final Duration PATIENCE = Duration.ofSeconds(180 + OBJECTS / 5);
  private static final String PREFIX = "volume/";

  private static S3Regions regions;

  @BeforeAll
  static void start(S3Regions shared) {
    regions = shared;
  }

  @Test
  void aComparisonOfBothBucketsFindsNoDifference() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
    try {
      List<CompletableFuture<Void>> written =
          IntStream.range(0, OBJECTS)
              .mapToObj(number -> CompletableFuture.runAsync(() -> put(number, seed), writers))
              .toList();
      written.forEach(CompletableFuture::join);
    } finally {
      writers.shutdownNow();
    }
    regions.awaitSame(PREFIX, PATIENCE);
    assertThat(regions.bucket(EAST).list(PREFIX)).hasSize(OBJECTS);
    regions.assertNoDifference(PREFIX);
  }

  /** One in a thousand is as large as they come, some are empty, the others are small. */
  private static void put(int number, long seed) {
    Random random = new Random(seed + number);
    int size = number % 1_000 == 7 ? LARGEST : number % 50 == 0 ? 0 : random.nextInt(2 * MEAN);
    String region = number % 2 == 0 ? EAST : WEST;
    regions
        .bucket(region)
        .put(
            PREFIX + region + "/" + number % 10 + "/" + number,
            StoredObject.random(size, number % 3 == 0, random));
  }
}
