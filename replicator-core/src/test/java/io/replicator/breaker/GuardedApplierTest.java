package io.replicator.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.breaker.Traffic.End;
import io.replicator.fixture.FakeSource;
import io.replicator.fixture.FakeTarget;
import io.replicator.model.Change;
import io.replicator.model.Region;
import io.replicator.spi.Applier;
import io.replicator.spi.Applier.Outcome;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the answers of an applier tell the breaker before its target. */
class GuardedApplierTest {
  private static final Terms TERMS =
      new Terms(50, 50, Duration.ofSeconds(5), 10, Duration.ofSeconds(3));
  private static final Change CHANGE = FakeSource.change("id", "key");

  private final AtomicLong nanos = new AtomicLong(1_000_000_000L);
  private final Breaker breaker = new Breaker("cassandra/orders", "the bean", TERMS, nanos::get);
  private final FakeTarget store = new FakeTarget(true);
  private final Applier applier =
      new GuardedApplier(store.openApplier(new Region("us-east-1")), breaker);

  @AfterEach
  void close() {
    store.close();
  }

  private void apply(CompletionStage<Outcome> answer) {
    store.conduct(change -> answer);
    var unused = applier.apply(CHANGE);
  }

  private void applyFailing(CompletionStage<Outcome> answer) {
    store.conduct(change -> answer);
    var unused = applier.applyFailing(CHANGE);
  }

  private static CompletionStage<Outcome> is(Outcome outcome) {
    return CompletableFuture.completedFuture(outcome);
  }

  private static CompletionStage<Outcome> fails(Kind kind) {
    return CompletableFuture.failedFuture(
        new ReplicationException(kind, "failure of kind " + kind, "mend it", null));
  }

  @Test
  void whatAnApplierKnowsByItselfHoldsABreakerNotClosedAndIsNoProbe() {
    for (int i = 0; i < 10; i++) {
      apply(fails(Kind.TRANSIENT));
      apply(is(Outcome.DUPLICATE));
      apply(is(Outcome.SUPERSEDED));
      apply(fails(Kind.POISON));
      apply(fails(Kind.NEWER));
    }
    assertThat(breaker.state()).isEqualTo("OPEN");

    nanos.addAndGet(TERMS.openFor().plusMillis(1).toNanos());
    apply(is(Outcome.DUPLICATE));
    apply(is(Outcome.SUPERSEDED));
    apply(fails(Kind.POISON));
    apply(fails(Kind.NEWER));
    assertThat(breaker.state()).isEqualTo("HALF_OPEN");
    apply(fails(Kind.TRANSIENT));
    assertThat(breaker.state()).isEqualTo("OPEN");

    nanos.addAndGet(TERMS.openFor().plusMillis(1).toNanos());
    apply(is(Outcome.DUPLICATE));
    apply(is(Outcome.APPLIED));
    assertThat(breaker.state()).isEqualTo("CLOSED");
  }

  @Test
  void refusalsOfSomeBetweenAnswersToOthersLeaveItClosed() {
    for (int i = 0; i < 20; i++) {
      for (int refused = 0; refused < 5; refused++) {
        apply(fails(Kind.BLOCKED));
      }
      apply(is(Outcome.APPLIED));
    }
    assertThat(breaker.state()).isEqualTo("CLOSED");
    assertThat(breaker.traffic().count(End.REJECTED)).isEqualTo(100);
  }

  @Test
  void aTargetThatRefusesAllAlikeOpensIt() {
    for (int i = 0; i < 2 * TERMS.minimumCalls(); i++) {
      apply(fails(Kind.BLOCKED));
    }
    assertThat(breaker.state()).isEqualTo("OPEN");
    nanos.addAndGet(TERMS.openFor().plusMillis(1).toNanos());
    apply(fails(Kind.BLOCKED));
    assertThat(breaker.state()).isEqualTo("OPEN");
  }

  private void hang(Duration time) {
    for (int second = 0; second < time.toSeconds(); second++) {
      nanos.addAndGet(Duration.ofSeconds(1).toNanos());
      breaker.sweep();
    }
  }

  /** As the writes of some keys in a quiet flow, whose driver gives up after ten seconds. */
  @Test
  void whatIsTriedAgainAndHangsAloneSaysNothingEither() {
    for (int turn = 0; turn < 5; turn++) {
      CompletableFuture<Outcome> hung = new CompletableFuture<>();
      for (int key = 0; key < 16; key++) {
        applyFailing(hung);
      }
      hang(Duration.ofSeconds(10));
      hung.completeExceptionally(
          new ReplicationException(Kind.TRANSIENT, "no answer", "mend it", null));
      apply(is(Outcome.APPLIED));
    }
    assertThat(breaker.openings()).isZero();
    assertThat(breaker.inFlight()).isZero();
  }

  /** Opens the breaker; the probe is a change that failed alone before. */
  private CompletableFuture<Outcome> probeThatFailedBefore() {
    for (int i = 0; i < 10; i++) {
      apply(fails(Kind.TRANSIENT));
    }
    nanos.addAndGet(TERMS.openFor().plusMillis(1).toNanos());
    CompletableFuture<Outcome> probe = new CompletableFuture<>();
    applyFailing(probe);
    return probe;
  }

  @Test
  void aProbeThatHangsAloneLetsAnotherOneProbe() {
    CompletableFuture<Outcome> hung = probeThatFailedBefore();
    hang(TERMS.slowCall());
    assertThat(breaker.state()).isEqualTo("HALF_OPEN");
    CompletableFuture<Outcome> probe = new CompletableFuture<>();
    apply(probe);
    hung.completeExceptionally(
        new ReplicationException(Kind.TRANSIENT, "no answer", "mend it", null));
    apply(is(Outcome.APPLIED));
    assertThat(breaker.traffic().count(End.SHORT_CIRCUITED)).as("one probe at a time").isOne();
    probe.complete(Outcome.APPLIED);
    assertThat(breaker.state()).isEqualTo("CLOSED");
  }

  @Test
  void aProbeThatFailedAloneBeforeAndIsTakenAtLastClosesIt() {
    CompletableFuture<Outcome> hung = probeThatFailedBefore();
    hang(TERMS.slowCall().plusSeconds(2));
    hung.complete(Outcome.APPLIED);
    assertThat(breaker.state()).isEqualTo("CLOSED");
  }

  @Test
  void whatIsTriedAgainAndFailsAloneSaysNothingHoweverOftenItIsTried() {
    for (int i = 0; i < 100; i++) {
      applyFailing(fails(Kind.BLOCKED));
      applyFailing(fails(Kind.TRANSIENT));
    }
    assertThat(breaker.state()).isEqualTo("CLOSED");
    assertThat(breaker.traffic().count(End.REJECTED)).isEqualTo(100);
  }
}
