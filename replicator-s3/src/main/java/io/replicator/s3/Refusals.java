package io.replicator.s3;

import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Refusals are what a bucket answered for single keys in words that leave open whose fault it is: a
 * 400 without a known reason, an error of the server's own that stays, a condition that it holds
 * for unmet though it shows what was expected. A trial decides: what takes an object of the agent's
 * own and not this one is well, and the key, or what the object carries, is POISON.
 *
 * <p>A 400 is judged at once. What may pass is judged only when it has been the only answer for two
 * minutes, and by three trials, each after another refusal. Safe for any thread.
 */
final class Refusals {
  /** A store that stumbles has mostly got up by then. */
  static final Duration LONG = Duration.ofMinutes(2);

  static final int TRIALS = 3;
  private static final int MOST = 10_000;
  private static final String HINT =
      "this store takes other keys: its form, its metadata or its size is not for this store."
          + " Delete the object in its origin, or write it under another key there; if the store"
          + " was mended, run replicator backfill --repair for the key";

  private final Supplier<CompletableFuture<Boolean>> trial;
  private final InstantSource clock;
  private final Map<String, Suspicion> suspicions =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Suspicion> eldest) {
          return size() > MOST;
        }
      };

  /**
   * @param since when the first of an unbroken row of refusals came
   * @param passed how many trials have passed after one of them
   */
  private record Suspicion(Instant since, int passed) {}

  /**
   * @param trial tells whether the bucket takes an object of the agent's own now
   */
  Refusals(Supplier<CompletableFuture<Boolean>> trial, InstantSource clock) {
    this.trial = trial;
    this.clock = clock;
  }

  /** Takes note that the bucket has answered for a key as it should. */
  synchronized void answered(Action action, String key) {
    suspicions.remove(name(action, key));
  }

  /** Returns what a failure is, after a trial if need be: itself, or POISON in the same words. */
  CompletableFuture<ReplicationException> judge(
      Action action, String key, ReplicationException failure) {
    if (Failure.isOfUnknownFault(failure)) {
      return trial.get().thenApply(passes -> passes ? poison(failure) : failure);
    }
    if (Failure.isServersError(failure)) {
      return doubt(action, key, failure);
    }
    answered(action, key);
    return CompletableFuture.completedFuture(failure);
  }

  /**
   * Takes note that the bucket held a condition for unmet though it shows what was expected.
   *
   * @param about what the key is called in messages
   * @param absent whether nothing was expected
   * @return a stage that completes exceptionally once that is the key's own fault
   */
  CompletableFuture<Void> contradicted(Action action, String key, String about, boolean absent) {
    ReplicationException failure =
        new ReplicationException(
            Kind.TRANSIENT,
            "cannot "
                + action
                + " at "
                + about
                + ": the store refuses it "
                + (absent
                    ? "as if something were there, and shows nothing"
                    : "as if it had changed"),
            "",
            null);
    return doubt(action, key, failure)
        .thenCompose(
            judged ->
                judged.kind() == Kind.POISON
                    ? CompletableFuture.failedFuture(judged)
                    : CompletableFuture.completedFuture(null));
  }

  /** Returns what a failure that may pass is, by how long and how often it has come. */
  private CompletableFuture<ReplicationException> doubt(
      Action action, String key, ReplicationException failure) {
    Instant now = clock.instant();
    Suspicion suspicion;
    synchronized (this) {
      suspicion = suspicions.computeIfAbsent(name(action, key), first -> new Suspicion(now, 0));
    }
    if (now.isBefore(suspicion.since().plus(LONG))) {
      return CompletableFuture.completedFuture(failure);
    }
    return trial
        .get()
        .thenApply(
            passes -> {
              int passed = passes ? suspicion.passed() + 1 : 0;
              if (passed >= TRIALS) {
                answered(action, key);
                return poison(failure);
              }
              synchronized (this) {
                suspicions.put(name(action, key), new Suspicion(suspicion.since(), passed));
              }
              return failure;
            });
  }

  private static String name(Action action, String key) {
    return action + " " + key;
  }

  private static ReplicationException poison(ReplicationException failure) {
    return new ReplicationException(Kind.POISON, failure.getMessage(), HINT, failure);
  }
}
