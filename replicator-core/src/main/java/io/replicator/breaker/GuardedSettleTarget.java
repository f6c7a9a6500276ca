package io.replicator.breaker;

import io.replicator.model.Change;
import io.replicator.model.Region;
import io.replicator.spi.Content;
import io.replicator.spi.ReplicationException.Kind;
import io.replicator.spi.Seen;
import io.replicator.spi.SettleTarget;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A settle target with a breaker before it, and one before each region from which it fetches
 * bodies: a place of bodies that is away holds up the changes that refer to it, and no others.
 */
public final class GuardedSettleTarget implements SettleTarget {
  private final SettleTarget target;
  private final Breaker breaker;
  private final Map<Region, Breaker> sources;

  /**
   * @param sources by the region whose bodies they guard
   */
  public GuardedSettleTarget(SettleTarget target, Breaker breaker, Map<Region, Breaker> sources) {
    this.target = target;
    this.breaker = breaker;
    this.sources = Map.copyOf(sources);
  }

  @Override
  public CompletionStage<Optional<Seen>> look(String key, boolean withContent) {
    return guarded(() -> target.look(key, withContent));
  }

  @Override
  public CompletionStage<Optional<Content>> read(String key, Seen seen) {
    return guarded(() -> target.read(key, seen));
  }

  @Override
  public CompletionStage<Put> put(Change change, Optional<String> expected, BooleanSupplier owned) {
    Optional<Region> from = target.bodyOf(change);
    if (from.isEmpty()) {
      return guarded(() -> target.put(change, expected, owned));
    }
    Supplier<CompletionStage<Put>> put =
        () ->
            breaker.call(
                true,
                () -> target.put(change, expected, owned),
                (done, failure) -> Verdict.of(failure));
    Breaker source = sources.get(from.get());
    if (source == null) {
      return put.get();
    }
    return source.call(
        true,
        put,
        (done, failure) -> ofSource(source, done),
        away -> CompletableFuture.completedFuture(new Put.BodyAway(away)));
  }

  /** What the target itself says is no news of the source. */
  private static Verdict ofSource(Breaker source, Put done) {
    if (done instanceof Put.BodyAway away && away.why().kind() != Kind.POISON) {
      source.remember(away.why().getMessage(), away.why().hint());
      return Verdict.ILL;
    }
    return done instanceof Put.Written || done instanceof Put.BodyGone
        ? Verdict.WELL
        : Verdict.NOTHING;
  }

  @Override
  public CompletionStage<Boolean> delete(String key, String expected, BooleanSupplier owned) {
    return guarded(() -> target.delete(key, expected, owned));
  }

  @Override
  public Duration lateness() {
    return target.lateness();
  }

  @Override
  public boolean isConditional() {
    return target.isConditional();
  }

  @Override
  public boolean isReplicated(String key) {
    return target.isReplicated(key);
  }

  @Override
  public Optional<String> unmarkable(Change change) {
    return target.unmarkable(change);
  }

  @Override
  public long size(Change change) {
    return target.size(change);
  }

  @Override
  public Optional<Region> bodyOf(Change change) {
    return target.bodyOf(change);
  }

  @Override
  public CompletionStage<Optional<String>> identity() {
    return target.identity();
  }

  @Override
  public CompletionStage<String> claim() {
    return target.claim();
  }

  @Override
  public void close() {
    target.close();
  }

  private <T> CompletionStage<T> guarded(Supplier<CompletionStage<T>> work) {
    return breaker.call(false, work, (done, failure) -> Verdict.of(failure));
  }
}
