package io.replicator.s3;

import io.replicator.spi.BodyGate.Wait;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.SettleTarget.Put;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.reactivestreams.Publisher;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

/**
 * The body of an object at its origin, or in another bucket that has it, fetched on the condition
 * that it still is the one that was referred to.
 */
final class OriginBody {
  private final Body.Reference reference;
  private final S3AsyncClient client;
  private final Wait wait;
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  /**
   * @param wait for the place where it is
   */
  OriginBody(Body.Reference reference, S3AsyncClient client, Wait wait) {
    this.reference = reference;
    this.client = client;
    this.wait = wait;
  }

  Body.Reference reference() {
    return reference;
  }

  /** Looks whether it is there, without fetching it; completes with why not, if it is not. */
  static CompletableFuture<Optional<String>> missing(
      Body.Reference reference, S3AsyncClient client) {
    return client
        .headObject(
            request ->
                request
                    .bucket(reference.bucket())
                    .key(reference.key())
                    .ifMatch(reference.quotedEtag()))
        .handle(
            (answer, failed) -> {
              if (failed == null) {
                return Optional.<String>empty();
              }
              if (Failure.isStatus(failed, 404, 412)) {
                return Optional.of(reference + " does not have it");
              }
              throw Failure.of(Action.FETCH_BODY, reference.toString(), failed);
            });
  }

  /** Fetches all of it into memory. */
  CompletableFuture<byte[]> whole() {
    return begin(request -> {})
        .thenCompose(
            body -> {
              Bytes bytes = new Bytes((int) reference.size());
              body.subscribe(bytes);
              return bytes.gathered();
            })
        .whenComplete((bytes, failed) -> note(failed));
  }

  /** Begins to fetch some of it; the future completes with what is then on its way. */
  CompletableFuture<Publisher<ByteBuffer>> range(long begin, long length) {
    String range = "bytes=" + begin + "-" + (begin + length - 1);
    return begin(
            request -> {
              request.overrideConfiguration(
                  override -> override.apiCallTimeout(S3Clients.PART_TIMEOUT));
              if (reference.size() > 0) {
                request.range(range);
              }
            })
        .whenComplete((body, failed) -> note(failed));
  }

  private CompletableFuture<Publisher<ByteBuffer>> begin(
      Consumer<GetObjectRequest.Builder> details) {
    wait.begin();
    return client
        .getObject(
            request ->
                request
                    .bucket(reference.bucket())
                    .key(reference.key())
                    .ifMatch(reference.quotedEtag())
                    .applyMutation(details),
            AsyncResponseTransformer.toPublisher())
        .whenComplete((body, failed) -> wait.end())
        .thenApply(body -> taker -> body.subscribe(new Demand(taker, wait)));
  }

  /** Notes why it could not be read, so that this is not taken for the target's fault. */
  void note(Throwable failed) {
    if (failed != null) {
      failure.compareAndSet(null, Failure.unwrap(failed));
    }
  }

  /** Forgets a failure, for another attempt has passed; but not that the body is gone. */
  void passed() {
    Throwable failed = failure.get();
    if (failed != null && !isGone(failed)) {
      failure.compareAndSet(failed, null);
    }
  }

  private static boolean isGone(Throwable failed) {
    return Failure.isNoSuchKey(failed) || Failure.isStatus(failed, 412);
  }

  /** Returns what came of a put, if it failed because the body is no longer there. */
  Optional<Put> gone() {
    Throwable failed = failure.get();
    return failed != null && isGone(failed)
        ? Optional.of(
            new Put.BodyGone(
                reference
                    + (Failure.isNoSuchKey(failed)
                        ? " is not there any more"
                        : " holds something else by now")))
        : Optional.empty();
  }

  /** Returns why it could not be read, if it could not. */
  Optional<ReplicationException> failure() {
    return Optional.ofNullable(failure.get())
        .map(failed -> Failure.of(Action.FETCH_BODY, reference.toString(), failed));
  }
}
