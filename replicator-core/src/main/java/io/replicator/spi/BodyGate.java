package io.replicator.spi;

import io.replicator.model.Region;
import io.replicator.spi.SettleTarget.Put;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A body gate stands before the regions from which a target fetches bodies: it leaves one alone
 * whose place fails or hangs, and finds out when it answers again. Safe for any thread.
 */
public interface BodyGate {
  /** Lets everything pass. */
  BodyGate WIDE =
      new BodyGate() {
        @Override
        public <T> CompletionStage<T> ask(Region region, Supplier<CompletionStage<T>> request) {
          return request.get();
        }

        @Override
        public CompletionStage<Put> fetch(
            Region region,
            Supplier<CompletionStage<?>> ask,
            Function<Wait, CompletionStage<Put>> fetch) {
          return fetch.apply(Wait.UNNOTICED);
        }
      };

  /**
   * Makes a short request of a region; fails with {@link ReplicationException.Kind#OPEN} if it is
   * to be left alone, else as the request does.
   */
  <T> CompletionStage<T> ask(Region region, Supplier<CompletionStage<T>> request);

  /**
   * Fetches a body and puts it; completes with {@link Put.BodyAway} if the region is to be left
   * alone.
   *
   * @param ask a short request that tells whether the place answers: made first where that is in
   *     doubt
   * @param fetch may take as long as it does, but not wait long for the place
   */
  CompletionStage<Put> fetch(
      Region region, Supplier<CompletionStage<?>> ask, Function<Wait, CompletionStage<Put>> fetch);

  /**
   * The wait of a fetch for its place, in which the time counts against that: it begins with each
   * request and each demand for bytes, and ends with each answer; several may be on at once.
   */
  interface Wait {
    /** Nobody looks how long it is. */
    Wait UNNOTICED =
        new Wait() {
          @Override
          public void begin() {}

          @Override
          public void end() {}
        };

    /** An answer is due from now on. */
    void begin();

    /** One that was due has come, or will not. */
    void end();
  }
}
