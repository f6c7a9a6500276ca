package io.replicator.it;

/** Two regions with buckets that several classes borrow, each to write below its own prefix. */
final class SharedBuckets extends Shared<S3Regions> {
  SharedBuckets() {
    super(S3Regions.class, S3Regions::started);
  }
}
