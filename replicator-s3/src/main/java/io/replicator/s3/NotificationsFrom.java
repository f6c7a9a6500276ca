package io.replicator.s3;

import java.time.Duration;

/** Where a bucket's hints come from. */
sealed interface NotificationsFrom {
  /** A queue of SQS. */
  record Queue(String name) implements NotificationsFrom {}

  /** A topic of the region's own Kafka. */
  record Topic(String name) implements NotificationsFrom {}

  /** Complete listings of the bucket, one after each period. */
  record Listings(Duration period) implements NotificationsFrom {}
}
