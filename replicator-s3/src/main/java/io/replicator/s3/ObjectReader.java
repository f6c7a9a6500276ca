package io.replicator.s3;

import io.replicator.spi.ReplicationException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.ResponsePublisher;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.Tag;

/**
 * An object reader looks at the objects of one bucket, and reads what is worth carrying along. Safe
 * for any thread; nothing blocks.
 */
final class ObjectReader {
  private static final Logger LOG = LoggerFactory.getLogger(ObjectReader.class);

  private final BucketPlan plan;
  private final S3AsyncClient client;
  private final AtomicBoolean tags;

  /** An object with its bytes, if they were asked for and are few. */
  record Found(Shown shown, Optional<byte[]> bytes) {}

  ObjectReader(BucketPlan plan, S3AsyncClient client) {
    this.plan = plan;
    this.client = client;
    this.tags = new AtomicBoolean(plan.tags());
  }

  /** Tells whether tags are replicated, and the store has them as far as is known. */
  boolean hasTags() {
    return tags.get();
  }

  /** Looks with one request, and one more for the tags; empty if the store shows nothing. */
  CompletableFuture<Optional<Found>> head(String key) {
    return client
        .headObject(request -> request.bucket(plan.bucket()).key(key))
        .thenCompose(answer -> tagged(key, new Found(Shown.of(answer), Optional.empty())))
        .exceptionallyCompose(
            failure ->
                // Answers to HEAD have no body that says what is missing, or what is refused.
                Failure.isStatus(failure, 400, 404)
                    ? get(key, Optional.empty())
                    : failed(Action.LOOK, key, failure));
  }

  /**
   * Looks and reads the bytes, if they are no more than are carried along.
   *
   * @param etag that it must have, if it matters
   */
  CompletableFuture<Optional<Found>> get(String key, Optional<String> etag) {
    return client
        .getObject(
            request -> {
              request.bucket(plan.bucket()).key(key);
              etag.ifPresent(given -> request.ifMatch(Fingerprint.quoted(given)));
            },
            AsyncResponseTransformer.toPublisher())
        .thenCompose(this::bytes)
        .thenCompose(found -> tagged(key, found))
        .exceptionallyCompose(
            failure -> {
              boolean gone = etag.isPresent() && Failure.isStatus(failure, 412, 409);
              return gone || Failure.isNoSuchKey(failure)
                  ? CompletableFuture.completedFuture(Optional.empty())
                  : failed(Action.READ, key, failure);
            });
  }

  /** Tells whether the bucket lists a key, for keys that it does not let be looked at. */
  CompletableFuture<Boolean> isListed(String key) {
    return client
        .listObjectsV2(request -> request.bucket(plan.bucket()).prefix(key).maxKeys(1))
        .thenApply(answer -> answer.contents().stream().anyMatch(one -> one.key().equals(key)));
  }

  /** Returns how large all parts but the last are; empty if the store does not tell. */
  CompletableFuture<OptionalLong> partSize(String key, Shown shown) {
    int parts = shown.parts();
    if (parts == 0) {
      return CompletableFuture.completedFuture(OptionalLong.empty());
    }
    return part(key, shown, 1)
        .thenCompose(
            first ->
                first.isEmpty() || !PartLayout.isOf(first.getAsLong(), shown.size(), parts)
                    ? CompletableFuture.completedFuture(OptionalLong.empty())
                    : part(key, shown, parts)
                        .thenApply(
                            last ->
                                first.getAsLong() * (parts - 1) + last.orElse(0) == shown.size()
                                    ? first
                                    : OptionalLong.empty()));
  }

  private CompletableFuture<OptionalLong> part(String key, Shown shown, int number) {
    return client
        .headObject(
            request ->
                request
                    .bucket(plan.bucket())
                    .key(key)
                    .partNumber(number)
                    .ifMatch(Fingerprint.quoted(shown.etag())))
        .handle(
            (answer, failure) ->
                failure == null
                        && answer.partsCount() != null
                        && answer.partsCount() == shown.parts()
                    ? OptionalLong.of(answer.contentLength())
                    : OptionalLong.empty());
  }

  private CompletableFuture<Found> bytes(ResponsePublisher<GetObjectResponse> body) {
    Shown shown = Shown.of(body.response());
    if (shown.size() > plan.inlineLimit()) {
      body.subscribe(new Abort());
      return CompletableFuture.completedFuture(new Found(shown, Optional.empty()));
    }
    Bytes bytes = new Bytes((int) shown.size());
    body.subscribe(bytes);
    return bytes.gathered().thenApply(all -> new Found(shown, Optional.of(all)));
  }

  private CompletableFuture<Optional<Found>> tagged(String key, Found found) {
    if (!tags.get()) {
      return CompletableFuture.completedFuture(Optional.of(found));
    }
    return client
        .getObjectTagging(request -> request.bucket(plan.bucket()).key(key))
        .thenApply(
            answer -> {
              Map<String, String> all = new TreeMap<>();
              for (Tag tag : answer.tagSet()) {
                all.put(tag.key(), tag.value());
              }
              return Optional.of(
                  new Found(found.shown().withTags(Optional.of(all)), found.bytes()));
            })
        .exceptionallyCompose(
            failure -> {
              if (Failure.isNoSuchKey(failure)) {
                return CompletableFuture.completedFuture(Optional.empty());
              }
              if (!Failure.isUnknown(failure)) {
                return failed(Action.READ_TAGS, key, failure);
              }
              if (tags.compareAndSet(true, false)) {
                LOG.warn(
                    "The store of {} has no tags: objects are replicated without them; set tags:"
                        + " false to be rid of this warning",
                    plan);
              }
              return CompletableFuture.completedFuture(Optional.of(found));
            });
  }

  private <T> CompletableFuture<T> failed(Action action, String key, Throwable failure) {
    ReplicationException known = Failure.of(action, plan.about(key), failure);
    return CompletableFuture.failedFuture(known);
  }

  /** Ends a body of which nothing is wanted, and its connection with it. */
  private static final class Abort implements Subscriber<ByteBuffer> {
    @Override
    public void onSubscribe(Subscription subscription) {
      subscription.cancel();
    }

    @Override
    public void onNext(ByteBuffer buffer) {}

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onComplete() {}
  }
}
