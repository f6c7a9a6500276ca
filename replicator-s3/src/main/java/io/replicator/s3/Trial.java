package io.replicator.s3;

import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * A trial tells whether a bucket takes anything at all: an object of the agent's own is written
 * under a new key and deleted, and once more, for the second write is one over a delete marker.
 * Where that passes, what the bucket refuses of one key is that key's own fault. Safe for any
 * thread; nothing blocks.
 */
final class Trial {
  private static final byte[] CONTENT = {'t'};
  private static final ObjectWriter.Outfit PLAIN =
      new ObjectWriter.Outfit(
          new ObjectMetadata(new TreeMap<>(), new TreeMap<>(), Optional.empty()), Optional.empty());

  private final BucketPlan plan;
  private final ObjectWriter writer;

  Trial(BucketPlan plan, ObjectWriter writer) {
    this.plan = plan;
    this.writer = writer;
  }

  /** Completes with whether the bucket took all of it. */
  CompletableFuture<Boolean> passes() {
    String key = plan.keys().own("trial-" + UUID.randomUUID());
    return once(key).thenCompose(first -> once(key)).handle((again, failure) -> failure == null);
  }

  private CompletableFuture<Void> once(String key) {
    return writer
        .put(key, CONTENT, PLAIN, Optional.empty())
        .thenCompose(written -> writer.delete(key, written.etag()))
        .thenApply(deleted -> null);
  }
}
