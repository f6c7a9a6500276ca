package io.replicator.s3;

import io.replicator.model.Change;
import io.replicator.spi.BodyGate;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import io.replicator.spi.SettleTarget.Put;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A body write brings the bytes of a change into the bucket: those that came with it; a body of
 * middling size through memory, of which each origin has a bounded share; a large one in parts.
 */
final class BodyWrite implements AutoCloseable {
  private final BucketPlan plan;
  private final S3Clients clients;
  private final ObjectReader reader;
  private final ObjectWriter writer;
  private final KeptMetadata kept;
  private final PendingUploads uploads;
  private final FetchLimits limits;
  private final BodyGate gate;

  /** Whether ETags here are MD5 sums, as the last write's answer told; empty before the first. */
  private volatile Optional<Boolean> md5Etags = Optional.empty();

  BodyWrite(
      BucketPlan plan, S3Clients clients, ObjectReader reader, ObjectWriter writer, BodyGate gate) {
    this.plan = plan;
    this.clients = clients;
    this.reader = reader;
    this.writer = writer;
    this.kept = new KeptMetadata(plan);
    this.uploads = new PendingUploads(plan, clients, InstantSource.system());
    this.limits = new FetchLimits(BodySource.places(plan));
    this.gate = gate;
    uploads.start();
  }

  /** Returns the marker for what a change brings. */
  Marker marker(Change change, Body body, ObjectMetadata metadata) {
    return marker(change, body, metadata, md5Etags.orElse(false) ? etag(body) : Optional.empty());
  }

  /** Returns the longest marker that it may get, whatever is learnt of the bucket meanwhile. */
  Marker longestMarker(Change change, Body body, ObjectMetadata metadata) {
    return marker(change, body, metadata, etag(body));
  }

  private Marker marker(Change change, Body body, ObjectMetadata metadata, Optional<String> etag) {
    return new Marker(
        change
            .version()
            .orElseThrow(() -> new IllegalArgumentException(change + " has no version")),
        Marker.place(plan.bucket(), change.key()),
        etag,
        body.size(),
        metadata.hash());
  }

  /** Returns the ETag that a body will have here, if that is certain. */
  private Optional<String> etag(Body body) {
    if (body instanceof Body.Inline inline) {
      return Optional.of(Digests.etag(inline.bytes()));
    }
    Body.Reference reference = (Body.Reference) body;
    boolean kept = isLarge(reference) ? PartLayout.of(reference).exact() : reference.md5();
    return kept ? Optional.of(reference.etag()) : Optional.empty();
  }

  private boolean isLarge(Body.Reference body) {
    return body.size() > plan.multipartThreshold() || Shown.parts(body.etag()) > 0;
  }

  CompletableFuture<Put> put(String key, Body body, ObjectWriter.Outfit outfit, Expected expected) {
    if (body instanceof Body.Inline inline) {
      return put(key, inline.bytes(), outfit, expected);
    }
    Body.Reference reference = (Body.Reference) body;
    return fetch(key, BodySource.origin(plan, reference), outfit, expected)
        .thenCompose(
            put ->
                elsewhere(
                    key, put, BodySource.others(plan, reference).iterator(), outfit, expected));
  }

  /**
   * Where the origin does not have the body any more, asks the other regions, one after the other.
   */
  private CompletableFuture<Put> elsewhere(
      String key,
      Put put,
      Iterator<BodySource> others,
      ObjectWriter.Outfit outfit,
      Expected expected) {
    if (!(put instanceof Put.BodyGone gone) || !others.hasNext()) {
      return CompletableFuture.completedFuture(put);
    }
    BodySource other = others.next();
    return gate.ask(other.reference().region(), () -> missing(other))
        .exceptionally(failure -> Optional.of(unanswered(other, failure)))
        .toCompletableFuture()
        .thenCompose(
            missing ->
                missing.isPresent()
                    ? CompletableFuture.<Put>completedFuture(new Put.BodyGone(missing.get()))
                    : fetch(key, other, outfit, expected))
        .thenCompose(
            next ->
                elsewhere(
                    key,
                    next instanceof Put.BodyGone too
                        ? new Put.BodyGone(gone.reason() + "; " + too.reason())
                        : next,
                    others,
                    outfit,
                    expected));
  }

  private CompletionStage<Optional<String>> missing(BodySource source) {
    return OriginBody.missing(source.reference(), clients.at(source.place()));
  }

  private static String unanswered(BodySource source, Throwable failure) {
    return Failure.of(Action.FETCH_BODY, source.reference().toString(), failure).getMessage();
  }

  private CompletableFuture<Put> fetch(
      String key, BodySource source, ObjectWriter.Outfit outfit, Expected expected) {
    return gate.fetch(
            source.reference().region(),
            () -> missing(source),
            wait -> fetch(key, source, wait, outfit, expected))
        .toCompletableFuture();
  }

  private CompletableFuture<Put> fetch(
      String key,
      BodySource source,
      BodyGate.Wait wait,
      ObjectWriter.Outfit outfit,
      Expected expected) {
    Body.Reference reference = source.reference();
    OriginBody origin = new OriginBody(reference, clients.at(source.place()), wait);
    if (!isLarge(reference)) {
      return limits.inMemory(
          source.place(), reference.size(), () -> throughMemory(key, origin, outfit, expected));
    }
    boolean copies = plan.place().reaches(source.place());
    return limits
        .large(
            source.place(),
            () ->
                new LargeWrite(plan, clients, writer, uploads, key, origin, copies)
                    .run(outfit, expected)
                    .thenCompose(written -> written(key, written, outfit, true)))
        .exceptionally(failure -> failed(key, origin, failure));
  }

  private CompletableFuture<Put> throughMemory(
      String key, OriginBody origin, ObjectWriter.Outfit outfit, Expected expected) {
    Body.Reference reference = origin.reference();
    return origin
        .whole()
        .thenCompose(
            bytes -> {
              if (reference.md5() && !Digests.etag(bytes).equals(reference.etag())) {
                throw damaged(reference);
              }
              return put(key, bytes, outfit, expected);
            })
        .exceptionally(failure -> failed(key, origin, failure));
  }

  private CompletableFuture<Put> put(
      String key, byte[] bytes, ObjectWriter.Outfit outfit, Expected expected) {
    if (!expected.owned().getAsBoolean()) {
      return CompletableFuture.completedFuture(new Put.Refused());
    }
    return writer
        .put(key, bytes, outfit, expected.etag())
        .thenCompose(written -> written(key, written, outfit, false))
        .exceptionally(
            failure -> {
              if (Failure.isUnmet(failure)) {
                return new Put.Refused();
              }
              throw Failure.of(Action.WRITE, plan.about(key), failure);
            });
  }

  private CompletableFuture<Put> written(
      String key, ObjectWriter.WrittenObject written, ObjectWriter.Outfit outfit, boolean inParts) {
    md5Etags = Optional.of(written.md5());
    Fingerprint told = new Fingerprint(written.etag(), outfit.metadata().hash());
    if (!inParts && kept.isKept(outfit.metadata())) {
      return CompletableFuture.completedFuture(new Put.Written(told.toString()));
    }
    return reader
        .head(key)
        .handle(
            (found, failure) -> {
              // Whatever is there by now is for the next hint to tell, unless it is this.
              if (failure != null
                  || found.isEmpty()
                  || !found.get().shown().etag().equals(written.etag())) {
                return new Put.Written(told.toString());
              }
              Shown shown = found.get().shown();
              kept.seen(outfit.metadata(), shown.metadata(), inParts);
              return new Put.Written(shown.fingerprint().toString());
            });
  }

  private Put failed(String key, OriginBody origin, Throwable failure) {
    Optional<Put> gone = origin.gone();
    if (gone.isPresent()) {
      return gone.get();
    }
    if (Failure.isUnmet(failure) || Failure.unwrap(failure) instanceof CancellationException) {
      return new Put.Refused();
    }
    Optional<ReplicationException> away = origin.failure();
    if (away.isPresent()) {
      return new Put.BodyAway(away.get());
    }
    throw Failure.of(Action.WRITE, plan.about(key), failure);
  }

  static ReplicationException damaged(Body.Reference body) {
    return new ReplicationException(
        Kind.TRANSIENT,
        "the body of " + body + " did not come whole: its MD5 is another than its ETag says",
        "if this goes on, compare the object with its ETag " + body.etag() + " at its origin",
        null);
  }

  @Override
  public void close() {
    uploads.close();
  }
}
