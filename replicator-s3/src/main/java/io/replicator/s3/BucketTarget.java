package io.replicator.s3;

import io.replicator.model.Change;
import io.replicator.model.Clocks;
import io.replicator.model.Region;
import io.replicator.spi.BodyGate;
import io.replicator.spi.Content;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import io.replicator.spi.Seen;
import io.replicator.spi.SettleTarget;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;

/** A bucket as the end on which its keys are settled. */
final class BucketTarget implements SettleTarget {
  /** What S3 takes of user metadata, in bytes. */
  private static final int USER_METADATA = 2048;

  private final BucketPlan plan;
  private final S3Clients clients;
  private final ObjectReader reader;
  private final ObjectWriter writer;
  private final Identity identity;
  private final BodyWrite bodies;
  private final Refusals refusals;

  /**
   * @param store whose threads it takes; it has connections of its own
   * @param gate through which bodies are fetched
   */
  BucketTarget(BucketPlan plan, S3Clients store, BodyGate gate) {
    this.plan = plan;
    this.clients = store.apart();
    this.reader = new ObjectReader(plan, clients.here());
    this.writer = new ObjectWriter(plan, clients.here());
    this.identity = new Identity(plan, clients);
    this.bodies = new BodyWrite(plan, clients, reader, writer, gate);
    Trial trial = new Trial(plan, writer);
    this.refusals = new Refusals(trial::passes, Clocks.system().steady());
  }

  @Override
  public Duration lateness() {
    return clients.requestTimeout();
  }

  @Override
  public boolean isConditional() {
    return plan.conditional();
  }

  @Override
  public boolean isReplicated(String key) {
    return plan.keys().local(key).isPresent();
  }

  @Override
  public CompletionStage<Optional<Seen>> look(String key, boolean withContent) {
    return onKey(
            Action.LOOK,
            key,
            local ->
                (withContent ? reader.get(local, Optional.empty()) : reader.head(local))
                    .thenCompose(found -> seen(key, local, found, withContent)))
        .exceptionallyCompose(failure -> absentUnlessListed(key, failure));
  }

  /** A key that the store cannot even be asked for is not there, unless a listing shows it. */
  private CompletableFuture<Optional<Seen>> absentUnlessListed(String key, Throwable failure) {
    Optional<String> local = plan.keys().local(key);
    boolean poison =
        Failure.unwrap(failure) instanceof ReplicationException known
            && known.kind() == Kind.POISON;
    if (!poison || local.isEmpty()) {
      return CompletableFuture.failedFuture(failure);
    }
    return reader
        .isListed(local.get())
        .exceptionally(unknown -> !Failure.isStatus(unknown, 400)) // nor would it list such a one
        .thenCompose(
            listed ->
                listed
                    ? CompletableFuture.failedFuture(failure)
                    : CompletableFuture.completedFuture(Optional.empty()));
  }

  @Override
  public CompletionStage<Optional<Content>> read(String key, Seen seen) {
    Fingerprint wanted = Fingerprint.parse(seen.fingerprint());
    return onKey(
        Action.READ,
        key,
        local ->
            reader
                .get(local, Optional.of(wanted.etag()))
                .thenCompose(
                    found -> {
                      Optional<ObjectReader.Found> same =
                          found.filter(is -> is.shown().fingerprint().equals(wanted));
                      return same.isEmpty()
                          ? CompletableFuture.completedFuture(Optional.<Content>empty())
                          : content(local, same.get()).thenApply(Optional::of);
                    }));
  }

  @Override
  public Optional<String> unmarkable(Change change) {
    ObjectMetadata metadata = metadata(change);
    Body body = Body.of(change.attributes(), change.payload());
    if (fits(change, body, metadata)) {
      return Optional.empty();
    }
    String etag =
        body instanceof Body.Reference reference
            ? reference.etag()
            : Digests.etag(change.payload());
    return Optional.of(new Fingerprint(etag, metadata.hash()).toString());
  }

  @Override
  public long size(Change change) {
    return Body.sizeOf(change.attributes(), change.payload());
  }

  @Override
  public Optional<Region> bodyOf(Change change) {
    return Body.regionOf(change.attributes());
  }

  @Override
  public CompletionStage<Put> put(Change change, Optional<String> expected, BooleanSupplier owned) {
    return onKey(
        Action.WRITE,
        change.key(),
        local -> {
          ObjectMetadata metadata = metadata(change);
          Body body = Body.of(change.attributes(), change.payload());
          Marker marker = bodies.marker(change, body, metadata);
          boolean fits = fits(change, body, metadata);
          ObjectWriter.Outfit outfit =
              new ObjectWriter.Outfit(metadata, fits ? Optional.of(marker) : Optional.empty());
          return unlessChanged(local, expected, plan.conditional())
              .thenCompose(
                  unchanged ->
                      unchanged
                          ? bodies.put(
                              local,
                              body,
                              outfit,
                              new Expected(
                                  expected.map(Fingerprint::parse).map(Fingerprint::etag), owned))
                          : CompletableFuture.<Put>completedFuture(new Put.Refused()))
              .thenCompose(
                  put ->
                      put instanceof Put.Refused && owned.getAsBoolean()
                          ? compared(Action.WRITE, local, expected).thenApply(done -> put)
                          : CompletableFuture.completedFuture(put));
        });
  }

  @Override
  public CompletionStage<Boolean> delete(String key, String expected, BooleanSupplier owned) {
    Optional<String> fingerprint = Optional.of(expected);
    return onKey(
        Action.DELETE,
        key,
        local ->
            // Only AWS is known to look at the condition of a delete; others may pass over it.
            reader
                .head(local)
                .thenCompose(
                    found -> {
                      if (found.isEmpty()) {
                        return CompletableFuture.completedFuture(true);
                      }
                      if (!isExpected(found, fingerprint) || !owned.getAsBoolean()) {
                        return CompletableFuture.completedFuture(false);
                      }
                      return writer
                          .delete(local, Fingerprint.parse(expected).etag())
                          .handle(
                              (answer, failure) -> {
                                if (failure == null || Failure.isNoSuchKey(failure)) {
                                  return true;
                                }
                                if (Failure.isUnmet(failure)) {
                                  return false;
                                }
                                throw Failure.of(Action.DELETE, plan.about(local), failure);
                              })
                          .thenCompose(
                              deleted ->
                                  deleted
                                      ? CompletableFuture.completedFuture(true)
                                      : compared(Action.DELETE, local, fingerprint)
                                          .thenApply(done -> false));
                    }));
  }

  @Override
  public CompletionStage<Optional<String>> identity() {
    return identity.read();
  }

  @Override
  public CompletionStage<String> claim() {
    return identity.claim();
  }

  @Override
  public String identityName() {
    return identity.toString();
  }

  @Override
  public void close() {
    bodies.close();
    clients.close();
  }

  private interface Work<T> {
    CompletableFuture<T> on(String local);
  }

  private <T> CompletableFuture<T> onKey(Action action, String key, Work<T> work) {
    Optional<String> local = plan.keys().local(key);
    if (local.isEmpty()) {
      return CompletableFuture.failedFuture(
          new ReplicationException(
              Kind.POISON,
              "cannot " + action + " key " + key + ": it is none of those replicated here",
              "let prefix, suffix and rename of the resource agree in all regions",
              null));
    }
    // Made on the store's own threads: a request may have to fetch credentials first.
    return CompletableFuture.completedFuture(local.get())
        .thenComposeAsync(work::on, clients.workers())
        .whenComplete(
            (done, failure) -> {
              if (failure == null
                  && !(done instanceof Put.Refused)
                  && !Boolean.FALSE.equals(done)) {
                refusals.answered(action, local.get());
              }
            })
        .exceptionallyCompose(
            failure ->
                refusals
                    .judge(
                        action, local.get(), Failure.of(action, plan.about(local.get()), failure))
                    .thenCompose(CompletableFuture::failedFuture));
  }

  /**
   * Looks whether the store refused a condition though it shows what was expected; fails if it goes
   * on with that for this key alone.
   */
  private CompletableFuture<Void> compared(Action action, String local, Optional<String> expected) {
    return reader
        .head(local)
        .thenCompose(
            found -> {
              if (!isExpected(found, expected)) {
                refusals.answered(action, local);
                return CompletableFuture.completedFuture(null);
              }
              return refusals.contradicted(action, local, plan.about(local), expected.isEmpty());
            });
  }

  private boolean fits(Change change, Body body, ObjectMetadata metadata) {
    int marker = bodies.longestMarker(change, body, metadata).userSize();
    return metadata.userSize() + marker <= USER_METADATA;
  }

  private ObjectMetadata metadata(Change change) {
    ObjectMetadata carried = ObjectMetadata.of(change.attributes());
    return reader.hasTags() ? carried : carried.withTags(Optional.empty());
  }

  /** For a store that carries out no conditions: looks, and hopes that nobody writes meanwhile. */
  private CompletableFuture<Boolean> unlessChanged(
      String local, Optional<String> expected, boolean skip) {
    return skip
        ? CompletableFuture.completedFuture(true)
        : reader.head(local).thenApply(found -> isExpected(found, expected));
  }

  private static boolean isExpected(Optional<ObjectReader.Found> found, Optional<String> expected) {
    return found.map(is -> is.shown().fingerprint().toString()).equals(expected);
  }

  private CompletableFuture<Optional<Seen>> seen(
      String key, String local, Optional<ObjectReader.Found> found, boolean withContent) {
    if (found.isEmpty()) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    Shown shown = found.get().shown();
    Optional<ReplicationException> newer =
        shown.marker().flatMap(text -> Marker.tooNew(text, plan.bucket(), key));
    if (newer.isPresent()) {
      return CompletableFuture.failedFuture(newer.get());
    }
    Seen seen =
        new Seen(
            shown.fingerprint().toString(),
            shown.modified().getEpochSecond(),
            shown
                .marker()
                .flatMap(Marker::parse)
                .filter(
                    marker ->
                        marker.binds(
                            Marker.place(plan.bucket(), key),
                            shown.etag(),
                            shown.size(),
                            shown.metadata().hash()))
                .map(Marker::version));
    if (!withContent || seen.replicaOf().isPresent()) {
      return CompletableFuture.completedFuture(Optional.of(seen));
    }
    return content(local, found.get())
        .thenApply(
            content ->
                Optional.of(
                    new Seen(
                        seen.fingerprint(),
                        seen.modifiedSeconds(),
                        seen.replicaOf(),
                        Optional.of(content))));
  }

  private CompletableFuture<Content> content(String local, ObjectReader.Found found) {
    SortedMap<String, byte[]> attributes = new TreeMap<>(found.shown().metadata().attributes());
    if (found.bytes().isPresent()) {
      return CompletableFuture.completedFuture(new Content(attributes, found.bytes().get()));
    }
    return reader
        .partSize(local, found.shown())
        .thenApply(
            partSize -> {
              attributes.putAll(reference(local, found.shown(), partSize).attributes());
              return new Content(attributes, new byte[0]);
            });
  }

  private Body.Reference reference(String local, Shown shown, OptionalLong partSize) {
    Region here = plan.region();
    return new Body.Reference(
        here, plan.bucket(), local, shown.etag(), shown.size(), shown.md5(), partSize);
  }
}
