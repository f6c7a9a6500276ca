package io.replicator.breaker;

import io.replicator.model.Change;
import io.replicator.model.Region;
import io.replicator.spi.Content;
import io.replicator.spi.Seen;
import io.replicator.spi.SettleTarget;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** A settle target with a breaker before it. */
public final class GuardedSettleTarget implements SettleTarget {
  private final SettleTarget target;
  private final Breaker breaker;
  private final boolean failing;

  public GuardedSettleTarget(SettleTarget target, Breaker breaker) {
    this(target, breaker, false);
  }

  private GuardedSettleTarget(SettleTarget target, Breaker breaker, boolean failing) {
    this.target = target;
    this.breaker = breaker;
    this.failing = failing;
  }

  @Override
  public SettleTarget forFailing() {
    return new GuardedSettleTarget(target, breaker, true);
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
    if (target.bodyOf(change).isEmpty()) {
      return guarded(() -> target.put(change, expected, owned));
    }
    return breaker.callLong(
        () -> target.look(change.key(), false),
        wait -> target.put(change, expected, owned),
        (put, failure) -> {
          Verdict verdict = ofTarget(put, failure);
          return failing ? verdict.ofFailing() : verdict;
        },
        CompletableFuture::failedFuture);
  }

  /** A body that did not come says nothing of where it was to go. */
  private static Verdict ofTarget(Put put, Throwable failure) {
    return put instanceof Put.BodyAway || put instanceof Put.BodyGone
        ? Verdict.NOTHING
        : Verdict.of(failure);
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
  public String identityName() {
    return target.identityName();
  }

  @Override
  public void close() {
    target.close();
  }

  private <T> CompletionStage<T> guarded(Supplier<CompletionStage<T>> work) {
    Verdict.Judge<T> judge = (done, failure) -> Verdict.of(failure);
    return failing ? breaker.callFailing(work, judge) : breaker.call(work, judge);
  }
}
