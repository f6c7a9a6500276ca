package io.replicator.s3;

import io.replicator.model.Region;
import java.util.Map;

/**
 * A bucket plan is how one bucket is replicated, as configured.
 *
 * @param region this one
 * @param bucket its name here
 * @param buckets its names in other regions, where they differ
 * @param keys which of its keys are replicated
 * @param place where it is
 * @param peers where other regions' buckets are
 * @param inlineLimit bytes up to which a body travels in its change
 * @param multipartThreshold bytes above which a body is written in parts
 * @param conditional whether the store carries out writes on a condition
 * @param tags whether tags are replicated
 * @param deletes whether local deletes are replicated
 * @param expirations whether what the store's lifecycle rules delete is, too
 */
record BucketPlan(
    Region region,
    String bucket,
    Map<Region, String> buckets,
    KeyMapping keys,
    Place place,
    Map<Region, Place> peers,
    int inlineLimit,
    long multipartThreshold,
    boolean conditional,
    boolean tags,
    boolean deletes,
    boolean expirations) {
  BucketPlan {
    buckets = Map.copyOf(buckets);
    peers = Map.copyOf(peers);
  }

  /** Returns what the bucket is called in a region, as far as is known here. */
  String bucketOf(Region other) {
    return buckets.getOrDefault(other, bucket);
  }

  @Override
  public String toString() {
    return "bucket " + bucket;
  }

  /** Returns how a key of it is called in messages. */
  String about(String key) {
    return "bucket " + bucket + ", key " + key;
  }
}
