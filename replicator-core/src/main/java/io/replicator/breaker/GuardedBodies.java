package io.replicator.breaker;

import io.replicator.model.Region;
import io.replicator.spi.BodyGate;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import io.replicator.spi.SettleTarget.Put;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A body gate with a breaker before each region from which changes are applied: a place of bodies
 * that is away holds up the changes that refer to it, and no others.
 */
public final class GuardedBodies implements BodyGate {
  private final Map<Region, Breaker> breakers;

  /**
   * @param breakers by the region whose bodies they guard; others are fetched unguarded
   */
  public GuardedBodies(Map<Region, Breaker> breakers) {
    this.breakers = Map.copyOf(breakers);
  }

  @Override
  public <T> CompletionStage<T> ask(Region region, Supplier<CompletionStage<T>> request) {
    Breaker breaker = breakers.get(region);
    return breaker == null
        ? request.get()
        : breaker.call(request, (answer, failure) -> Verdict.of(failure));
  }

  @Override
  public CompletionStage<Put> fetch(
      Region region, Supplier<CompletionStage<?>> ask, Function<Wait, CompletionStage<Put>> fetch) {
    Breaker breaker = breakers.get(region);
    return breaker == null
        ? fetch.apply(Wait.UNNOTICED)
        : breaker.callLong(
            ask, fetch, (put, failure) -> ofSource(breaker, put), GuardedBodies::away);
  }

  /** What the target itself says is no news of the source. */
  private static Verdict ofSource(Breaker source, Put put) {
    if (put instanceof Put.BodyAway away && away.why().kind() != Kind.POISON) {
      source.remember(away.why().getMessage(), away.why().hint());
      return Verdict.ILL;
    }
    return put instanceof Put.Written || put instanceof Put.BodyGone
        ? Verdict.WELL
        : Verdict.NOTHING;
  }

  private static CompletionStage<Put> away(Throwable failure) {
    return Verdict.cause(failure) instanceof ReplicationException why
        ? CompletableFuture.completedFuture(new Put.BodyAway(why))
        : CompletableFuture.failedFuture(failure);
  }
}
