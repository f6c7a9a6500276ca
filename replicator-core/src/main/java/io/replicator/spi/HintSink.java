package io.replicator.spi;

import io.replicator.model.Hint;
import java.util.concurrent.CompletionStage;

/** A hint sink takes hints and makes them durable; the same rules as {@link ChangeSink}. */
public interface HintSink {
  /** Returns a stage that completes when the sink takes more. */
  CompletionStage<Void> ready();

  /** Takes a hint; the stage completes when it is durable on the local Kafka. */
  CompletionStage<Void> offer(Hint hint);
}
