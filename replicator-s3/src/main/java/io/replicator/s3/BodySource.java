package io.replicator.s3;

import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * A body source is a bucket from which a body may be fetched: its origin's, or another region's,
 * which may hold a replica with the same ETag.
 *
 * @param reference to the body there
 */
record BodySource(Body.Reference reference, Place place) {
  /**
   * Returns the origin of a body.
   *
   * @throws ReplicationException BLOCKED if it is not known where that region's buckets are
   */
  static BodySource origin(BucketPlan plan, Body.Reference reference) {
    return place(plan, reference.region())
        .map(place -> new BodySource(reference, place))
        .orElseThrow(
            () ->
                new ReplicationException(
                    Kind.BLOCKED,
                    "cannot fetch "
                        + reference
                        + ": where the S3 of "
                        + reference.region()
                        + " is, is not known",
                    "name its aws-region and endpoint under peers."
                        + reference.region()
                        + " of the store",
                    null));
  }

  /** Returns the buckets of the regions that are neither the origin nor this one, by name. */
  static List<BodySource> others(BucketPlan plan, Body.Reference reference) {
    TreeSet<Region> regions = regions(plan);
    regions.remove(reference.region());
    List<BodySource> others = new ArrayList<>();
    for (Region region : regions) {
      place(plan, region)
          .ifPresent(
              place ->
                  others.add(new BodySource(reference.in(region, plan.bucketOf(region)), place)));
    }
    return others;
  }

  /** Returns how many places bodies may come from, as far as is known. */
  static int places(BucketPlan plan) {
    return (int) regions(plan).stream().flatMap(r -> place(plan, r).stream()).distinct().count();
  }

  private static TreeSet<Region> regions(BucketPlan plan) {
    TreeSet<Region> regions = new TreeSet<>(Comparator.comparing(Region::name));
    regions.addAll(plan.peers().keySet());
    regions.addAll(plan.buckets().keySet());
    regions.remove(plan.region());
    return regions;
  }

  private static Optional<Place> place(BucketPlan plan, Region region) {
    if (region.equals(plan.region())) {
      return Optional.of(plan.place());
    }
    Optional<Place> peer = Optional.ofNullable(plan.peers().get(region));
    if (peer.isEmpty() && plan.place().isAws() && S3Connector.isAwsRegion(region.name())) {
      return Optional.of(new Place(region.name(), Optional.empty(), plan.place().profile()));
    }
    return peer;
  }
}
