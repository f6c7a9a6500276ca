package io.replicator.s3;

import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import io.replicator.spi.ReplicationException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.GetBucketEncryptionResponse;
import software.amazon.awssdk.services.s3.model.LifecycleRule;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;

/**
 * The bucket check looks, without changing anything, whether a bucket is there and may be used, and
 * what of its settings will surprise.
 *
 * <p>Rights to write cannot be tried without writing: a request that aborts an upload which never
 * was shows whether the credentials may write at all, and the rest is said as a policy to compare.
 */
final class BucketCheck {
  /** No upload has it; no object is called so. */
  private static final String NOWHERE = "replicator-check";

  private final BucketPlan plan;
  private final Optional<NotificationsFrom> notifications;
  private final S3Clients clients;
  private final List<Finding> findings = new ArrayList<>();

  BucketCheck(BucketPlan plan, Optional<NotificationsFrom> notifications, S3Clients clients) {
    this.plan = plan;
    this.notifications = notifications;
    this.clients = clients;
  }

  List<Finding> findings() {
    S3AsyncClient s3 = clients.here();
    String bucket = plan.bucket();
    boolean listed =
        tried(
            Action.LIST,
            () -> s3.listObjectsV2(request -> request.bucket(bucket).maxKeys(1)),
            answer -> add(Level.OK, "is there, and can be listed", ""));
    if (listed) {
      bucket(s3);
    }
    new PeerCheck(plan, clients, findings).run();
    // Also where the bucket is missing: whoever creates it wants to know what else is wrong.
    notifications.ifPresent(from -> new NotificationCheck(plan, from, clients, findings).run());
    return List.copyOf(findings);
  }

  private void bucket(S3AsyncClient s3) {
    reading(s3);
    versioning(s3);
    objectLock(s3);
    lifecycle(s3);
    encryption(s3);
    conditions();
    writing();
  }

  /** With the right to list a missing key is 404, and 403 only without the right to read. */
  private void reading(S3AsyncClient s3) {
    String key = plan.keys().own(NOWHERE);
    denied(
        Action.READ,
        () -> s3.headObject(request -> request.bucket(plan.bucket()).key(key)),
        "objects can be read");
    if (plan.tags()) {
      try {
        s3.getObjectTagging(request -> request.bucket(plan.bucket()).key(key)).join();
      } catch (CompletionException e) {
        if (Failure.isUnknown(e)) {
          add(
              Level.WARNING,
              "has no tags: objects are replicated without them",
              "set tags: false for the resource");
        } else if (Failure.isDenied(e)) {
          missing(Action.READ_TAGS, e);
        }
      }
    }
    denied(
        Action.ABORT,
        () ->
            s3.abortMultipartUpload(
                request -> request.bucket(plan.bucket()).key(key).uploadId(NOWHERE)),
        "uploads can be aborted");
  }

  private void versioning(S3AsyncClient s3) {
    asked(
        () -> s3.getBucketVersioning(request -> request.bucket(plan.bucket())),
        "s3:GetBucketVersioning",
        answer ->
            add(
                Level.OK,
                answer.status() == BucketVersioningStatus.ENABLED
                    ? "keeps versions: current ones are replicated, deletes leave delete markers"
                    : "keeps no versions",
                ""));
  }

  private void objectLock(S3AsyncClient s3) {
    try {
      var answer = s3.getObjectLockConfiguration(request -> request.bucket(plan.bucket())).join();
      if (answer.objectLockConfiguration() != null
          && answer.objectLockConfiguration().rule() != null) {
        add(
            Level.WARNING,
            "locks new objects by a default retention",
            "give all regions' buckets the same retention: replicas are locked by this bucket's");
      }
    } catch (CompletionException e) {
      untriedIfDenied(e, "s3:GetBucketObjectLockConfiguration"); // else it has none
    }
  }

  private void lifecycle(S3AsyncClient s3) {
    List<LifecycleRule> rules = List.of();
    try {
      rules =
          s3.getBucketLifecycleConfiguration(request -> request.bucket(plan.bucket()))
              .join()
              .rules();
    } catch (CompletionException e) {
      if (Failure.isUnknown(e) || untriedIfDenied(e, "s3:GetLifecycleConfiguration")) {
        return;
      }
    }
    new LifecycleCheck(plan, rules, findings).run();
  }

  private void encryption(S3AsyncClient s3) {
    try {
      GetBucketEncryptionResponse answer =
          s3.getBucketEncryption(request -> request.bucket(plan.bucket())).join();
      boolean kms =
          answer.serverSideEncryptionConfiguration().rules().stream()
              .map(rule -> rule.applyServerSideEncryptionByDefault())
              .anyMatch(
                  byDefault ->
                      byDefault != null && byDefault.sseAlgorithm() != ServerSideEncryption.AES256);
      if (kms) {
        add(
            Level.WARNING,
            "encrypts by KMS: ETags are no MD5 sums, and differ between regions",
            "allow this agent kms:Decrypt and kms:GenerateDataKey on the bucket's key, and the"
                + " other regions' agents kms:Decrypt");
      }
    } catch (CompletionException e) {
      untriedIfDenied(e, "s3:GetEncryptionConfiguration"); // else it does not encrypt by default
    }
  }

  private void conditions() {
    if (!plan.conditional()) {
      add(
          Level.WARNING,
          "is declared to have no conditional writes: a local write in the moment between look and"
              + " write is overwritten unseen",
          "set conditional-writes: true if the store has If-Match and If-None-Match");
    } else if (!plan.place().isAws()) {
      add(
          Level.UNTRIED,
          "conditional writes (If-Match, If-None-Match) cannot be tried without writing",
          "see that the store has them, else declare conditional-writes: false");
    }
  }

  private void writing() {
    String arn = "arn:aws:s3:::" + plan.bucket();
    String objects = plan.tags() ? "\"s3:GetObjectTagging\",\"s3:PutObjectTagging\"," : "";
    add(
        Level.UNTRIED,
        "s3:PutObject and s3:DeleteObject cannot be proven to be allowed without writing",
        "see that the agent's policy allows: {\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\","
            + "\"s3:PutObject\",\"s3:DeleteObject\","
            + objects
            + "\"s3:AbortMultipartUpload\"],\"Resource\":\""
            + arn
            + "/*\"} {\"Effect\":\"Allow\",\"Action\":[\"s3:ListBucket\"],\"Resource\":\""
            + arn
            + "\"}");
  }

  /**
   * A refusal for lack of the right is an error; any other answer shows that the right is there.
   */
  private void denied(Action action, Supplier<CompletableFuture<?>> request, String allowed) {
    try {
      request.get().join();
      add(Level.OK, allowed, "");
    } catch (CompletionException e) {
      if (Failure.isDenied(e)) {
        missing(action, e);
      } else if (Failure.isStatus(e, 404)) {
        add(Level.OK, allowed, "");
      } else {
        ReplicationException failure = Failure.of(action, plan.toString(), e);
        add(Level.UNTRIED, failure.getMessage(), failure.hint());
      }
    }
  }

  private void missing(Action action, CompletionException denial) {
    ReplicationException failure = Failure.of(action, plan.toString(), denial);
    add(
        Level.ERROR,
        "missing " + action.permission() + ": " + failure.getMessage(),
        failure.hint());
  }

  private <T> boolean tried(
      Action action, Supplier<CompletableFuture<T>> request, Consumer<T> passed) {
    try {
      passed.accept(request.get().join());
      return true;
    } catch (CompletionException e) {
      ReplicationException failure = Failure.of(action, plan.toString(), e);
      String missing = Failure.isDenied(e) ? "missing " + action.permission() + ": " : "";
      add(Level.ERROR, missing + failure.getMessage(), failure.hint());
      return false;
    }
  }

  private <T> void asked(
      Supplier<CompletableFuture<T>> request, String permission, Consumer<T> passed) {
    try {
      passed.accept(request.get().join());
    } catch (CompletionException e) {
      untriedIfDenied(e, permission);
    }
  }

  private boolean untriedIfDenied(CompletionException failure, String permission) {
    if (Failure.isDenied(failure)) {
      add(
          Level.UNTRIED,
          "a setting cannot be looked at without " + permission,
          "allow this agent " + permission + " on " + plan + ", for check alone");
      return true;
    }
    return false;
  }

  private void add(Level level, String detail, String mend) {
    findings.add(new Finding(level, "s3 " + plan, detail, mend));
  }
}
