package io.replicator.spi;

import java.util.concurrent.CompletionStage;

/**
 * A listing under way: what a store holds, read once; each key offered as a hint, or each row as a
 * change.
 */
public interface Listing extends AutoCloseable {
  /** Returns where it can be gone on with: everything before is durable. Empty at the beginning. */
  String position();

  /** Returns how many hints or changes are durable. */
  long count();

  /**
   * Returns a stage that completes when everything is durable, or exceptionally with a {@link
   * ReplicationException} if the store cannot be read.
   */
  CompletionStage<Void> done();

  /** Stops it where it is. */
  @Override
  void close();
}
