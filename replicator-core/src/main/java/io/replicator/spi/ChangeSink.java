package io.replicator.spi;

import io.replicator.model.Change;
import java.time.InstantSource;
import java.util.concurrent.CompletionStage;

/** A change sink takes captured changes and makes them durable. Safe for any number of threads. */
public interface ChangeSink {
  /**
   * Returns a stage that completes when the sink takes more: the local Kafka acknowledges, the flow
   * is not paused and its limits are kept. A source reads nothing from its store before that, so
   * that a store's receive counts do not run up while nothing can be done with what is read. The
   * stage may complete on the sink's threads, which must not be blocked; it completes exceptionally
   * once the sink is closed.
   */
  CompletionStage<Void> ready();

  /**
   * Takes a change, without waiting. Changes of one key keep the order in which they are offered.
   *
   * @return a stage that completes when the change is durable on the local Kafka, however long that
   *     takes. It completes exceptionally only when the change was not taken: with a {@link
   *     ReplicationException} of kind POISON if it can never be carried (the source leaves it where
   *     it is), or when the sink is closed.
   */
  CompletionStage<Void> offer(Change change);

  /**
   * Returns the clock by which a source says up to when it has read: the machine's, but never ahead
   * of the local Kafka's, since one that was set ahead would have the source say so of what is yet
   * to be written.
   */
  default InstantSource clock() {
    return InstantSource.system();
  }
}
