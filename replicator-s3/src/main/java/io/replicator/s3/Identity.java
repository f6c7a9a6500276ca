package io.replicator.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * A bucket's identity is a small object that Replicator leaves in it, {@code .replicator/identity}
 * below the first local prefix: a random id, which a bucket made anew does not have, and the time
 * at which the store took it, which a restored copy does not have. Where prefixes are changed it is
 * looked for elsewhere, for an agent need not have rights outside of them.
 */
final class Identity {
  static final String NAME = "identity";

  /** How large it is. */
  static final int BYTES = 36;

  private final BucketPlan plan;
  private final S3AsyncClient client;
  private final Executor workers;
  private final String key;

  Identity(BucketPlan plan, S3Clients clients) {
    this.plan = plan;
    this.client = clients.here();
    this.workers = clients.workers();
    this.key = plan.keys().own(NAME);
  }

  /** Reads it; the request is made on the store's own threads, for it may fetch credentials. */
  CompletionStage<Optional<String>> read() {
    return CompletableFuture.completedFuture(key).thenComposeAsync(this::get, workers);
  }

  private CompletionStage<Optional<String>> get(String own) {
    return client
        .getObject(
            request -> request.bucket(plan.bucket()).key(own), AsyncResponseTransformer.toBytes())
        .handle(
            (answer, failure) -> {
              if (failure == null) {
                return Optional.of(
                    answer.asUtf8String().strip()
                        + "@"
                        + answer.response().lastModified().getEpochSecond());
              }
              if (Failure.isNoSuchKey(failure)) {
                return Optional.<String>empty();
              }
              throw Failure.of(Action.READ, toString(), failure);
            });
  }

  CompletionStage<String> claim() {
    return read()
        .thenCompose(
            there ->
                there.isPresent()
                    ? CompletableFuture.completedFuture(there.get())
                    : write().thenCompose(written -> read()).thenApply(Optional::orElseThrow));
  }

  @Override
  public String toString() {
    return plan.about(key);
  }

  private CompletionStage<Void> write() {
    byte[] id = UUID.randomUUID().toString().getBytes(UTF_8);
    return client
        .putObject(
            request -> {
              request.bucket(plan.bucket()).key(key).contentType("text/plain");
              if (plan.conditional()) {
                request.ifNoneMatch("*");
              }
            },
            AsyncRequestBody.fromBytes(id))
        .handle(
            (answer, failure) -> {
              // Whoever was first, his is the identity.
              if (failure == null || Failure.isUnmet(failure)) {
                return null;
              }
              throw Failure.of(Action.WRITE, toString(), failure);
            });
  }
}
