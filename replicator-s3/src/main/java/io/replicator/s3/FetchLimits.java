package io.replicator.s3;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Fetch limits bound what is fetched at once: the memory that bodies of middling size take, and the
 * number of large ones. Each place has an even share, so that one which hangs holds up nobody
 * else's bodies. Safe for any thread.
 */
final class FetchLimits {
  /** What bodies of middling size may take of the memory at once, in all. */
  static final long MEMORY = 24L << 20;

  /** Large bodies at once from one place, so that small ones find connections. */
  private static final int LARGE = 4;

  /** Large bodies at once in all. */
  private static final int ALL_LARGE = 8;

  private final long memoryShare;
  private final long largeShare;
  private final Map<Place, Permits> memory = new ConcurrentHashMap<>();
  private final Map<Place, Permits> large = new ConcurrentHashMap<>();

  /** Limits with shares for so many places. */
  FetchLimits(int places) {
    int sharers = Math.max(1, places);
    this.memoryShare = MEMORY / sharers;
    this.largeShare = Math.max(1, Math.min(LARGE, ALL_LARGE / sharers));
  }

  /** Runs work that takes memory; a body that is larger than the place's share takes all of it. */
  <T> CompletableFuture<T> inMemory(
      Place place, long bytes, Supplier<? extends CompletionStage<T>> work) {
    return memory.computeIfAbsent(place, at -> new Permits(memoryShare)).holding(bytes, work);
  }

  /** Runs work that fetches a large body. */
  <T> CompletableFuture<T> large(Place place, Supplier<? extends CompletionStage<T>> work) {
    return large.computeIfAbsent(place, at -> new Permits(largeShare)).holding(1, work);
  }
}
