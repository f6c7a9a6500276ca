package io.replicator.s3;

import io.replicator.model.Region;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Plans for buckets as tests want them. */
final class Plans {
  static final int INLINE_LIMIT = 64 << 10;
  static final long MULTIPART_THRESHOLD = 6L << 20;
  static final KeyMapping ALL = new KeyMapping("", "", new TreeMap<>());

  private Plans() {}

  /** Returns the plan for a bucket with all that is default but smaller limits. */
  static BucketPlan of(
      String region, String bucket, BucketServer server, Map<Region, BucketServer> peers) {
    return at(
        server.place(),
        region,
        bucket,
        peers.entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, peer -> peer.getValue().place())));
  }

  static BucketPlan at(Place place, String region, String bucket, Map<Region, Place> peers) {
    return at(place, region, bucket, peers, true);
  }

  /** Returns the plan for a bucket of a store without conditional writes. */
  static BucketPlan unconditional(Place place, String region, String bucket) {
    return at(place, region, bucket, Map.of(), false);
  }

  private static BucketPlan at(
      Place place, String region, String bucket, Map<Region, Place> peers, boolean conditional) {
    return new BucketPlan(
        new Region(region),
        bucket,
        Map.of(),
        ALL,
        place,
        peers,
        INLINE_LIMIT,
        MULTIPART_THRESHOLD,
        conditional,
        true,
        true,
        false);
  }
}
