package io.replicator.spi;

import java.util.concurrent.CompletionStage;

/** A listing under way: the keys of a store, read once, each offered as a hint. */
public interface Listing extends AutoCloseable {
  /** Returns the last key whose hint is durable, from which it can be gone on with; or empty. */
  String position();

  /** Returns how many hints are durable. */
  long count();

  /**
   * Returns a stage that completes when every hint is durable, or exceptionally with a {@link
   * ReplicationException} if the store cannot be listed.
   */
  CompletionStage<Void> done();

  /** Stops it where it is. */
  @Override
  void close();
}
