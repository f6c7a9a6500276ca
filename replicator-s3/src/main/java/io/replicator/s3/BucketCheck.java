package io.replicator.s3;

import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import io.replicator.spi.ReplicationException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;

/**
 * The bucket check looks, without changing anything, whether a bucket is there and may be used, and
 * what of its settings will surprise.
 */
final class BucketCheck {
  private final BucketPlan plan;
  private final Optional<NotificationsFrom> notifications;
  private final S3Clients clients;
  private final InstantSource clock;
  private final List<Finding> findings = new ArrayList<>();

  BucketCheck(
      BucketPlan plan,
      Optional<NotificationsFrom> notifications,
      S3Clients clients,
      InstantSource clock) {
    this.plan = plan;
    this.notifications = notifications;
    this.clients = clients;
    this.clock = clock;
  }

  List<Finding> findings() {
    try {
      clients.here().listObjectsV2(request -> request.bucket(plan.bucket()).maxKeys(1)).join();
      add(Level.OK, "is there, and can be listed", "");
    } catch (CompletionException e) {
      ReplicationException failure = Failure.of(Action.LIST, plan.toString(), e);
      add(Level.ERROR, failure.getMessage(), failure.hint());
      return findings;
    }
    return findings;
  }

  private void add(Level level, String detail, String mend) {
    findings.add(new Finding(level, "s3 " + plan, detail, mend));
  }
}
