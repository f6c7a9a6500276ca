package io.replicator.s3;

import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import io.replicator.spi.ReplicationException;
import java.util.List;
import java.util.concurrent.CompletionException;

/**
 * The peer check looks whether bodies could be fetched from the other regions' buckets, where their
 * names are known.
 */
final class PeerCheck {
  private static final String NOWHERE = "replicator-check";

  private final BucketPlan plan;
  private final S3Clients clients;
  private final List<Finding> findings;

  PeerCheck(BucketPlan plan, S3Clients clients, List<Finding> findings) {
    this.plan = plan;
    this.clients = clients;
    this.findings = findings;
  }

  void run() {
    plan.peers()
        .forEach(
            (region, place) -> {
              String bucket = plan.bucketOf(region);
              String subject = "s3 bucket " + bucket + " of " + region;
              try {
                clients.at(place).headObject(ask -> ask.bucket(bucket).key(NOWHERE)).join();
                findings.add(new Finding(Level.OK, subject, "can be read from here", ""));
              } catch (CompletionException e) {
                findings.add(finding(subject, e));
              }
            });
  }

  private static Finding finding(String subject, CompletionException thrown) {
    if (Failure.isStatus(thrown, 404)) {
      return new Finding(Level.OK, subject, "can be reached from here", "");
    }
    ReplicationException failure = Failure.of(Action.FETCH_BODY, subject, thrown);
    if (Failure.isDenied(thrown)) {
      return new Finding(
          Level.WARNING,
          subject,
          "denies a key that it does not have, as it would one that may not be read: "
              + failure.getMessage()
              + ". Bodies may be denied, too; and one that is gone is not known to be, holds its"
              + " change up, and counts against that region's breaker",
          "allow this agent s3:GetObject on its objects, and s3:ListBucket on the bucket itself");
    }
    return new Finding(Level.ERROR, subject, failure.getMessage(), failure.hint());
  }
}
