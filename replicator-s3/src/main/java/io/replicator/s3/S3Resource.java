package io.replicator.s3;

import io.replicator.model.Clocks;
import io.replicator.model.Hint;
import io.replicator.model.Region;
import io.replicator.spi.BodyGate;
import io.replicator.spi.Capabilities;
import io.replicator.spi.Finding;
import io.replicator.spi.HintSink;
import io.replicator.spi.HintSource;
import io.replicator.spi.Listing;
import io.replicator.spi.SettleTarget;
import io.replicator.spi.StoreResource;
import io.replicator.spi.TopicFeed;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A bucket as a resource. */
final class S3Resource implements StoreResource {
  private final BucketPlan plan;
  private final Optional<NotificationsFrom> notifications;
  private final S3Clients clients;

  /**
   * @param notifications where hints come from; empty if nothing is captured here
   */
  S3Resource(BucketPlan plan, Optional<NotificationsFrom> notifications, S3Clients clients) {
    this.plan = plan;
    this.notifications = notifications;
    this.clients = clients;
  }

  /** Settling an old change again finds its version in the ledger. */
  @Override
  public Capabilities capabilities() {
    return new Capabilities(
        true, notifications.filter(NotificationsFrom.Listings.class::isInstance).isPresent());
  }

  @Override
  public boolean captures() {
    return notifications.isPresent();
  }

  @Override
  public Map<String, Region> regions() {
    Map<String, Region> named = new TreeMap<>();
    plan.buckets().keySet().forEach(region -> named.put("buckets." + region, region));
    return named;
  }

  @Override
  public Door door() {
    return new BucketDoor();
  }

  @Override
  public List<Finding> check(Duration retention) {
    return new BucketCheck(plan, notifications, clients).findings();
  }

  private final class BucketDoor implements Door.Hints {
    @Override
    public HintSource open(HintSink sink, TopicFeed topics) {
      Clocks clocks = new Clocks(sink.clock(), Clocks.system().steady());
      NotificationsFrom from = notifications.orElseThrow();
      if (from instanceof NotificationsFrom.Queue queue) {
        QueueSource source =
            new QueueSource(
                new NotificationQueue(queue.name(), clients.queue()),
                new Notifications(plan),
                sink,
                clients.workers(),
                clocks);
        source.start();
        return source;
      }
      if (from instanceof NotificationsFrom.Topic topic) {
        return new TopicSource(
            topic.name(), new Notifications(plan), sink, topics, clocks.steady());
      }
      ListingSource source =
          new ListingSource(
              plan, clients, sink, ((NotificationsFrom.Listings) from).period(), clocks);
      source.start();
      return source;
    }

    @Override
    public boolean tellsDeletes() {
      return plan.deletes();
    }

    @Override
    public SettleTarget openTarget(BodyGate bodies) {
      return new BucketTarget(plan, clients, bodies);
    }

    @Override
    public Listing list(Hint.Kind kind, String prefix, String after, HintSink sink) {
      BucketListing listing = new BucketListing(plan, clients, kind, prefix, after, sink);
      listing.start();
      return listing;
    }
  }
}
