package io.replicator.breaker;

import io.replicator.model.Change;
import io.replicator.model.Condition;
import io.replicator.spi.Applier;
import java.util.concurrent.CompletionStage;

/** An applier with a breaker before its target. */
public final class GuardedApplier implements Applier {
  private final Applier applier;
  private final Breaker breaker;

  public GuardedApplier(Applier applier, Breaker breaker) {
    this.applier = applier;
    this.breaker = breaker;
  }

  @Override
  public CompletionStage<Outcome> apply(Change change) {
    return breaker.call(() -> applier.apply(change), (outcome, failure) -> Verdict.of(failure));
  }

  @Override
  public Condition condition() {
    return applier.condition();
  }

  @Override
  public void acceptGap() {
    applier.acceptGap();
  }

  @Override
  public void close() {
    applier.close();
  }
}
