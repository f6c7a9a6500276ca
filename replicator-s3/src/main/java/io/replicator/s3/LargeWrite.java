package io.replicator.s3;

import io.replicator.spi.ReplicationException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/**
 * A large write brings one large body into the bucket, part by part: streamed from its origin, or
 * copied by the store itself where it can. Nothing shows before all of it is there and was
 * verified; what fails leaves no upload behind.
 *
 * <p>A body with a plain MD5 as its ETag is streamed in order, because only so can that be
 * verified; others in several parts at once.
 */
final class LargeWrite {
  private static final int LANES = 4;

  /**
   * How long a write waits for its key to be owned again: a lease may have lapsed for a moment, and
   * all of the body would have to come once more.
   */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final Duration POLL = Duration.ofMillis(200);

  private final BucketPlan plan;
  private final S3AsyncClient client;
  private final Workers workers;
  private final ObjectWriter writer;
  private final PendingUploads uploads;
  private final String key;
  private final OriginBody origin;
  private final boolean copies;
  private final PartLayout layout;
  private final AtomicInteger next = new AtomicInteger(1);
  private final AtomicReferenceArray<CompletedPart> parts;
  private final AtomicReferenceArray<byte[]> digests;
  private volatile MessageDigest running;
  private volatile boolean failed;

  /**
   * @param copies whether the store can fetch the parts itself
   */
  LargeWrite(
      BucketPlan plan,
      S3Clients clients,
      ObjectWriter writer,
      PendingUploads uploads,
      String key,
      OriginBody origin,
      boolean copies) {
    this.plan = plan;
    this.client = clients.here();
    this.workers = clients.workers();
    this.writer = writer;
    this.uploads = uploads;
    this.key = key;
    this.origin = origin;
    this.copies = copies;
    this.layout = PartLayout.of(origin.reference());
    this.parts = new AtomicReferenceArray<>(layout.count() + 1);
    this.digests = new AtomicReferenceArray<>(layout.count() + 1);
  }

  /**
   * Writes it; fails as its last request did, and with a {@link CancellationException} if the key
   * has another owner by now.
   */
  CompletableFuture<ObjectWriter.WrittenObject> run(ObjectWriter.Outfit outfit, Expected expected) {
    return uploads
        .abortFormer(key)
        .thenCompose(none -> writer.create(key, outfit))
        .thenCompose(
            upload ->
                uploads
                    .began(key, upload)
                    .thenCompose(noted -> parts(upload, expected))
                    .thenCompose(all -> complete(upload, expected))
                    .thenCompose(
                        written -> uploads.completed(key, upload).thenApply(done -> written))
                    .exceptionallyCompose(failure -> abort(upload, failure)));
  }

  private CompletableFuture<ObjectWriter.WrittenObject> abort(String upload, Throwable failure) {
    return uploads
        .abort(key, upload)
        .thenCompose(done -> CompletableFuture.failedFuture(Failure.unwrap(failure)));
  }

  private CompletableFuture<Void> parts(String upload, Expected expected) {
    boolean ordered = !copies && isPlainMd5();
    if (ordered) {
      running = Digests.md5();
    }
    List<CompletableFuture<Void>> lanes = new ArrayList<>();
    for (int lane = 0; lane < (ordered ? 1 : LANES); lane++) {
      lanes.add(lane(upload, expected));
    }
    return CompletableFuture.allOf(lanes.toArray(CompletableFuture<?>[]::new));
  }

  private CompletableFuture<Void> lane(String upload, Expected expected) {
    int part = next.getAndIncrement();
    if (part > layout.count() || failed) {
      return CompletableFuture.completedFuture(null);
    }
    return owned(expected, System.nanoTime() + PATIENCE.toNanos())
        .thenCompose(mine -> part(upload, part))
        .whenComplete(
            (done, failure) -> {
              if (failure != null) {
                failed = true;
              }
            })
        .thenCompose(done -> lane(upload, expected));
  }

  private CompletableFuture<Void> part(String upload, int part) {
    return (copies ? copy(upload, part) : stream(upload, part))
        .exceptionallyCompose(failure -> CompletableFuture.failedFuture(ofPart(failure)))
        .thenCompose(done -> uploads.isUnderWay(key, upload));
  }

  /** No trial sends parts, so that what is refused of one is not put down to its key. */
  private Throwable ofPart(Throwable failure) {
    ReplicationException known = Failure.of(Action.WRITE, plan.about(key), failure);
    return Failure.isOfUnknownFault(known)
        ? new ReplicationException(known.kind(), known.getMessage(), known.hint(), known)
        : failure;
  }

  /** Completes while the key is owned; fails if it is not, and does not come back for a while. */
  private CompletableFuture<Void> owned(Expected expected, long until) {
    if (expected.owned().getAsBoolean()) {
      return CompletableFuture.completedFuture(null);
    }
    if (System.nanoTime() - until > 0) {
      return CompletableFuture.failedFuture(new CancellationException("another owner's by now"));
    }
    return workers.pause(POLL).thenCompose(waited -> owned(expected, until));
  }

  private CompletableFuture<Void> stream(String upload, int part) {
    OriginPart body = new OriginPart(origin, layout.begin(part), layout.length(part), running);
    return client
        .uploadPart(
            request ->
                request
                    .bucket(plan.bucket())
                    .key(key)
                    .uploadId(upload)
                    .partNumber(part)
                    .contentLength(layout.length(part))
                    .overrideConfiguration(
                        override -> override.apiCallTimeout(S3Clients.PART_TIMEOUT)),
            body)
        .thenAccept(
            answer -> {
              origin.passed();
              byte[] md5 = body.md5();
              String etag = Fingerprint.bare(answer.eTag());
              boolean tells =
                  Shown.isMd5(etag, answer.serverSideEncryption(), answer.sseCustomerAlgorithm());
              if (tells && !etag.equals(Digests.hex(md5))) {
                throw BodyWrite.damaged(origin.reference());
              }
              running = body.running();
              took(part, answer.eTag(), md5);
            });
  }

  private CompletableFuture<Void> copy(String upload, int part) {
    Body.Reference from = origin.reference();
    String range =
        "bytes=" + layout.begin(part) + "-" + (layout.begin(part) + layout.length(part) - 1);
    return client
        .uploadPartCopy(
            request ->
                request
                    .sourceBucket(from.bucket())
                    .sourceKey(from.key())
                    .copySourceIfMatch(from.quotedEtag())
                    .copySourceRange(range)
                    .destinationBucket(plan.bucket())
                    .destinationKey(key)
                    .uploadId(upload)
                    .partNumber(part)
                    .overrideConfiguration(
                        override -> override.apiCallTimeout(S3Clients.PART_TIMEOUT)))
        .whenComplete((answer, failure) -> origin.note(failure))
        .thenAccept(answer -> took(part, answer.copyPartResult().eTag(), null));
  }

  private void took(int part, String etag, byte[] md5) {
    parts.set(part, CompletedPart.builder().partNumber(part).eTag(etag).build());
    digests.set(part, md5);
  }

  private CompletableFuture<ObjectWriter.WrittenObject> complete(String upload, Expected expected) {
    if (!copies && !isWhole()) {
      throw BodyWrite.damaged(origin.reference());
    }
    List<CompletedPart> all = new ArrayList<>();
    for (int part = 1; part <= layout.count(); part++) {
      all.add(parts.get(part));
    }
    return owned(expected, System.nanoTime() + PATIENCE.toNanos())
        .thenCompose(mine -> writer.complete(key, upload, all, expected.etag()));
  }

  private boolean isPlainMd5() {
    return origin.reference().md5() && Shown.parts(origin.reference().etag()) == 0;
  }

  /** Compares what was sent with what the origin's ETag says, where that can be computed. */
  private boolean isWhole() {
    String etag = origin.reference().etag();
    if (isPlainMd5()) {
      return Digests.hex(running.digest()).equals(etag);
    }
    if (!layout.exact()) {
      return true;
    }
    List<byte[]> all = new ArrayList<>();
    for (int part = 1; part <= layout.count(); part++) {
      all.add(digests.get(part));
    }
    return Digests.etag(all).equals(etag);
  }
}
