package io.replicator.spi;

import io.replicator.model.Change;
import io.replicator.model.Condition;
import java.util.concurrent.CompletionStage;

/**
 * An applier writes the changes of one flow into the local store.
 *
 * <p>It is called for many keys at once, from several threads, but never for a key whose previous
 * change has not completed. A change may come again after a crash.
 */
public interface Applier extends AutoCloseable {
  /**
   * Writes the change, without blocking the caller.
   *
   * @return a stage that completes with what came of it once the store has confirmed it, or
   *     exceptionally with a {@link ReplicationException} whose kind tells what to do. Any other
   *     exception counts as TRANSIENT. Each call ends within a minute.
   */
  CompletionStage<Outcome> apply(Change change);

  /**
   * Writes a change likewise that failed before while the store took others: that it fails again
   * says nothing of the store.
   */
  default CompletionStage<Outcome> applyFailing(Change change) {
    return apply(change);
  }

  /**
   * Returns RUNNING, or what is the matter with what was applied so far, whatever becomes of the
   * changes to come. Called every second, on any thread; no I/O, no waiting.
   */
  default Condition condition() {
    return Condition.RUNNING;
  }

  /** Takes note that an operator takes as lost what {@link #condition} says is missing. */
  default void acceptGap() {}

  /** Lets go of what this applier holds; called when nothing is in flight. */
  @Override
  void close();

  /**
   * What came of a change. Only APPLIED shows that the store takes writes: the others an applier
   * may know by itself.
   */
  enum Outcome {
    /** The store was asked, and holds it. */
    APPLIED,
    /** The store held it already. */
    DUPLICATE,
    /** The store holds something newer. */
    SUPERSEDED
  }
}
