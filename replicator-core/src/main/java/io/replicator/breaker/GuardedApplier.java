package io.replicator.breaker;

import io.replicator.model.Change;
import io.replicator.model.Condition;
import io.replicator.spi.Applier;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
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
    return breaker.call(() -> applier.apply(change), GuardedApplier::ofTarget);
  }

  @Override
  public CompletionStage<Outcome> applyFailing(Change change) {
    return breaker.callFailing(() -> applier.applyFailing(change), GuardedApplier::ofTarget);
  }

  /** What an applier can answer by itself is no word of the target's. */
  private static Verdict ofTarget(Outcome outcome, Throwable failure) {
    if (failure == null) {
      return outcome == Outcome.APPLIED ? Verdict.WELL : Verdict.NOTHING;
    }
    boolean mayBeUnasked =
        Verdict.cause(failure) instanceof ReplicationException known
            && (known.kind() == Kind.POISON || known.kind() == Kind.NEWER);
    return mayBeUnasked ? Verdict.NOTHING : Verdict.of(failure);
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
