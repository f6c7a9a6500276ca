package io.replicator.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Pending uploads are large writes that have begun and not ended, noted in the bucket itself, so
 * that what a crash left can be told from what clients are sending, and aborted.
 *
 * <p>A note is the object {@code .replicator/uploads/<hash of key>} with the upload's id and the
 * key. Whoever writes the key next aborts the upload: a key has one owner. Notes that were not
 * renewed for a while are looked for when the bucket is opened, and now and then.
 */
final class PendingUploads implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PendingUploads.class);
  private static final String FOLDER = "uploads/";

  /** How long after its last renewal a note counts as left behind: longer than any part takes. */
  static final Duration LEFT = Duration.ofMinutes(15);

  private static final Duration RENEW = Duration.ofMinutes(2);
  private static final Duration SWEEP = Duration.ofMinutes(10);

  private final BucketPlan plan;
  private final S3AsyncClient client;
  private final Workers workers;
  private final Map<String, Long> renewed = new ConcurrentHashMap<>(); // by upload
  private final InstantSource clock;
  private volatile boolean closed;

  PendingUploads(BucketPlan plan, S3Clients clients, InstantSource clock) {
    this.clock = clock;
    this.plan = plan;
    this.client = clients.here();
    this.workers = clients.workers();
  }

  /** Looks for what was left behind, now and every ten minutes. */
  void start() {
    workers.execute(this::sweep);
  }

  /** Aborts what a former owner of the key began, if it was noted. */
  CompletableFuture<Void> abortFormer(String key) {
    return abortNoted(noteOf(key));
  }

  /** Notes an upload that has begun. */
  CompletableFuture<Void> began(String key, String upload) {
    renewed.put(upload, System.nanoTime());
    return client
        .putObject(
            request -> request.bucket(plan.bucket()).key(noteOf(key)).contentType("text/plain"),
            AsyncRequestBody.fromBytes((upload + "\n" + key).getBytes(UTF_8)))
        .thenApply(done -> null);
  }

  /**
   * Renews the note of an upload that goes on, once in a while; but not one that names another
   * upload by now: that is the key's next owner's.
   */
  CompletableFuture<Void> isUnderWay(String key, String upload) {
    Long last = renewed.get(upload);
    if (last == null || System.nanoTime() - last <= RENEW.toNanos()) {
      return CompletableFuture.completedFuture(null);
    }
    return renew(key, upload);
  }

  CompletableFuture<Void> renew(String key, String upload) {
    return ifOwn(key, upload, () -> began(key, upload));
  }

  /** Forgets an upload that has become an object. */
  CompletableFuture<Void> completed(String key, String upload) {
    return forget(key, upload).exceptionally(failure -> later(key, failure));
  }

  /** Ends an upload that came to nothing; never fails, for its note is found later. */
  CompletableFuture<Void> abort(String key, String upload) {
    return abortUpload(key, upload)
        .thenCompose(done -> forget(key, upload))
        .exceptionally(failure -> later(key, failure));
  }

  @Override
  public void close() {
    closed = true;
  }

  private CompletableFuture<Void> forget(String key, String upload) {
    renewed.remove(upload);
    return ifOwn(
        key,
        upload,
        () ->
            client
                .deleteObject(request -> request.bucket(plan.bucket()).key(noteOf(key)))
                .thenApply(done -> null));
  }

  /** Does something about a key's note if it is still this upload's. */
  private CompletableFuture<Void> ifOwn(
      String key, String upload, Supplier<CompletableFuture<Void>> work) {
    return noted(noteOf(key))
        .thenCompose(
            text ->
                text.filter(note -> note.startsWith(upload + "\n")).isPresent()
                    ? work.get()
                    : CompletableFuture.completedFuture(null));
  }

  private Void later(String key, Throwable failure) {
    LOG.info(
        "The upload of {} is looked at again later: {}",
        plan.about(key),
        Failure.of(Action.ABORT, plan.about(key), failure).getMessage());
    return null;
  }

  private CompletableFuture<Void> abortUpload(String key, String upload) {
    return client
        .abortMultipartUpload(request -> request.bucket(plan.bucket()).key(key).uploadId(upload))
        .handle(
            (done, failure) -> {
              if (failure != null && !Failure.isStatus(failure, 404)) {
                throw Failure.of(Action.ABORT, plan.about(key), failure);
              }
              return null;
            });
  }

  private CompletableFuture<Void> abortNoted(String note) {
    return noted(note)
        .thenCompose(
            text -> {
              if (text.isEmpty()) {
                return CompletableFuture.completedFuture(null);
              }
              String[] parts = text.get().split("\n", 2);
              LOG.info("An upload of {} that was left behind is aborted", plan.about(parts[1]));
              return abortUpload(parts[1], parts[0])
                  .thenCompose(done -> forget(parts[1], parts[0]));
            });
  }

  private CompletableFuture<Optional<String>> noted(String note) {
    return client
        .getObject(
            request -> request.bucket(plan.bucket()).key(note), AsyncResponseTransformer.toBytes())
        .handle(
            (answer, failure) -> {
              if (failure == null) {
                return Optional.of(answer.asUtf8String());
              }
              if (Failure.isNoSuchKey(failure)) {
                return Optional.<String>empty();
              }
              throw Failure.of(Action.READ, plan.about(note), failure);
            });
  }

  private void sweep() {
    if (closed) {
      return;
    }
    var unused =
        client
            .listObjectsV2(request -> request.bucket(plan.bucket()).prefix(plan.keys().own(FOLDER)))
            .thenCompose(
                page -> {
                  Instant before = clock.instant().minus(LEFT);
                  List<CompletableFuture<Void>> aborted =
                      page.contents().stream()
                          .filter(note -> note.lastModified().isBefore(before))
                          .map(S3Object::key)
                          .map(this::abortNoted)
                          .toList();
                  return CompletableFuture.allOf(aborted.toArray(CompletableFuture<?>[]::new));
                })
            .whenComplete(
                (done, failure) -> {
                  if (failure != null) {
                    LOG.info(
                        "Uploads that may be left behind in {} are looked for again later: {}",
                        plan,
                        Failure.of(Action.LIST, plan.toString(), failure).getMessage());
                  }
                  workers.after(SWEEP, this::sweep);
                });
  }

  private String noteOf(String key) {
    return plan.keys().own(FOLDER + Digests.hash(List.of(key)));
  }
}
