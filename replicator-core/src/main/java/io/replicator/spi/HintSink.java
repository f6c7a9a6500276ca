package io.replicator.spi;

import io.replicator.model.Hint;
import java.time.InstantSource;
import java.util.concurrent.CompletionStage;

/** A hint sink takes hints and makes them durable; the same rules as {@link ChangeSink}. */
public interface HintSink {
  /** Returns a stage that completes when the sink takes more. */
  CompletionStage<Void> ready();

  /** Takes a hint; the stage completes when it is durable on the local Kafka. */
  CompletionStage<Void> offer(Hint hint);

  /**
   * Takes note that a complete listing of the resource begins, or that all its rows were offered:
   * what was there before it began and is in no row of it was deleted. For stores that tell of
   * deletes in no other way.
   *
   * @param listing names it; the same at its begin and at its end
   * @param complete whether it is over
   */
  CompletionStage<Void> listing(String listing, boolean complete);

  /** Returns the clock by which a source says up to when it has read; see {@link ChangeSink}. */
  default InstantSource clock() {
    return InstantSource.system();
  }
}
