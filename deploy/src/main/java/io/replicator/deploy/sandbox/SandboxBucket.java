package io.replicator.deploy.sandbox;

import io.replicator.deploy.bucket.BucketServerConfig;

/**
 * A sandbox bucket is one that the sandbox's agents replicate.
 *
 * @param name the bucket's, and the resource's
 */
public record SandboxBucket(String name) {
  /** For whoever tries the sandbox, and for the demonstration below {@code demo/}. */
  public static final SandboxBucket PHOTOS = new SandboxBucket("photos");

  /** Returns the queue of its notifications. */
  public String events() {
    return BucketServerConfig.queue(name);
  }
}
