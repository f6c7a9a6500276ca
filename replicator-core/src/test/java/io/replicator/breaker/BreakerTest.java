package io.replicator.breaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.event.CircuitBreakerEvent;
import io.replicator.breaker.Traffic.End;
import io.replicator.model.FlowState;
import io.replicator.spi.BodyGate.Wait;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** When a breaker opens and closes, by a time of the test's own. */
class BreakerTest {
  private static final Terms TERMS =
      new Terms(50, 50, Duration.ofSeconds(5), 10, Duration.ofSeconds(3));

  private final AtomicLong nanos = new AtomicLong(1_000_000_000L);
  private final Breaker breaker =
      new Breaker(
          "sqs/orders", "replicator:type=Target,store=sqs,resource=orders", TERMS, nanos::get);
  private CompletionStage<String> answer = answered();
  private final AtomicInteger reached = new AtomicInteger();

  @Test
  void halfOfTheCallsFailingOpensItAndOneAnswerClosesItAgain() {
    for (int i = 0; i < 5; i++) {
      call(answered());
      call(failed(Kind.TRANSIENT));
    }
    assertThat(breaker.state()).isEqualTo("OPEN");
    assertThat(breaker.openings()).isEqualTo(1);

    assertThat(kindOf(call(answered()))).isEqualTo(Kind.OPEN);
    assertThat(reached).as("nothing passes while it is open").hasValue(10);
    assertThat(breaker.traffic().count(End.SHORT_CIRCUITED)).isEqualTo(1);

    pass(TERMS.openFor().plusMillis(1));
    call(answered());
    assertThat(breaker.state()).isEqualTo("CLOSED");
    assertThat(reached).hasValue(11);
  }

  @Test
  void fewerFailuresThanTheLeastLeaveItClosed() {
    for (int i = 0; i < 9; i++) {
      call(failed(Kind.TRANSIENT));
    }
    pass(Duration.ofSeconds(11));
    call(failed(Kind.TRANSIENT));
    assertThat(breaker.state()).isEqualTo("CLOSED");
    assertThat(breaker.traffic().count(End.FAILED)).as("the last ten seconds alone").isEqualTo(1);
  }

  @Test
  void aTargetThatHangsIsSeenBeforeAnyCallEnds() {
    for (int i = 0; i < 3; i++) {
      call(new CompletableFuture<>());
    }
    assertThat(secondsUntilOpen()).isBetween(5, 12);
    assertThat(breaker.inFlight()).isEqualTo(3);
    assertThat(kindOf(call(answered()))).isEqualTo(Kind.OPEN);
    assertThat(breaker.open()).hasMessageContaining("no answer for");
  }

  @Test
  void aProbeThatHangsOpensItAgain() {
    open();
    pass(TERMS.openFor().plusMillis(1));
    call(new CompletableFuture<>());
    assertThat(breaker.state()).isEqualTo("HALF_OPEN");
    assertThat(kindOf(call(answered()))).as("one probe at a time").isEqualTo(Kind.OPEN);
    assertThat(secondsUntilOpen()).isEqualTo(5);
  }

  /** resilience4j shows HALF_OPEN first and tells of it then: another call may come in between. */
  @Test
  void aCallThatComesWhileItTurnsHalfOpenDoesNotLeaveItSo() throws Exception {
    open();
    pass(TERMS.openFor().plusMillis(1));
    CompletableFuture<String> late = new CompletableFuture<>();
    Thread other = new Thread(() -> call(late), "other-call");
    int before = reached.get();
    beforeItTakesNote(
        () -> {
          if (breaker.state().equals("HALF_OPEN")) {
            other.start();
            await().until(() -> reached.get() > before || other.getState() == Thread.State.BLOCKED);
          }
        });
    call(answered());
    other.join();
    late.complete("done");
    assertThat(breaker.state()).isEqualTo("CLOSED");
  }

  /** Those of any event are told before those of a change of the state, as the breaker is. */
  private void beforeItTakesNote(Runnable what) throws ReflectiveOperationException {
    Field circuit = Breaker.class.getDeclaredField("circuit");
    circuit.setAccessible(true);
    ((CircuitBreaker) circuit.get(breaker))
        .getEventPublisher()
        .onEvent(
            event -> {
              if (event.getEventType() == CircuitBreakerEvent.Type.STATE_TRANSITION) {
                what.run();
              }
            });
  }

  @Test
  void whatWasBegunBeforeItOpenedSaysNothingOfTheTargetNow() {
    CompletableFuture<String> late = new CompletableFuture<>();
    call(late);
    open();
    late.complete("at last");
    assertThat(breaker.state()).isEqualTo("OPEN");

    CompletableFuture<String> later = new CompletableFuture<>();
    breaker.automatic();
    pass(TERMS.openFor().plusMillis(1));
    call(later);
    later.complete("the probe");
    assertThat(breaker.state()).isEqualTo("CLOSED");
    assertThat(breaker.inFlight()).isZero();
  }

  @Test
  void aChangeThatIsBadByItselfIsNothingAgainstTheTarget() {
    for (Kind kind : List.of(Kind.POISON, Kind.SCHEMA, Kind.NEWER, Kind.FATAL)) {
      for (int i = 0; i < 20; i++) {
        call(failed(kind));
      }
    }
    assertThat(breaker.state()).isEqualTo("CLOSED");
    assertThat(breaker.traffic().count(End.FAILED) + breaker.traffic().count(End.REJECTED))
        .isZero();
  }

  @Test
  void aTargetThatRefusesAllAlikeOpensItAndSaysWhy() {
    for (int i = 0; i < 10; i++) {
      call(failed(Kind.BLOCKED));
    }
    assertThat(breaker.traffic().count(End.REJECTED)).isEqualTo(10);
    assertThat(breaker.open())
        .hasMessageContaining("sqs/orders")
        .hasMessageContaining("failure of kind BLOCKED");
    assertThat(breaker.open().hint()).startsWith("mend it");
    assertThat(breaker.open().held().state()).isEqualTo(FlowState.BLOCKED);
    assertThat(breaker.open().held().reason()).isEqualTo("failure of kind BLOCKED");

    pass(TERMS.openFor().plusMillis(1));
    call(failed(Kind.TRANSIENT));
    assertThat(breaker.open().held().state()).as("it fails otherwise").isEqualTo(FlowState.OPEN);
  }

  @Test
  void whatMayTakeLongIsNotSlowWhileItFlows() {
    List<Wait> waits = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      callLong(waits, new CompletableFuture<>());
    }
    for (int second = 0; second < 60; second++) {
      waits.forEach(Wait::begin);
      pass(Duration.ofSeconds(4));
      breaker.sweep();
      waits.forEach(Wait::end);
      pass(Duration.ofSeconds(60)); // it is not asked for anything
      breaker.sweep();
    }
    assertThat(breaker.state()).isEqualTo("CLOSED");
  }

  @Test
  void whatMayTakeLongHangsOnceItWaits() {
    List<Wait> waits = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      callLong(waits, new CompletableFuture<>());
    }
    pass(Duration.ofMinutes(1));
    waits.forEach(Wait::begin);
    pass(Duration.ofSeconds(3));
    waits.forEach(Wait::begin); // another part
    pass(Duration.ofSeconds(1));
    waits.forEach(Wait::end);
    assertThat(secondsUntilOpen()).isBetween(5, 12);
  }

  @Test
  void whatMayTakeLongIsNeverTheProbe() {
    open();
    pass(TERMS.openFor().plusMillis(1));
    answer = failed(Kind.TRANSIENT);
    assertThat(kindOf(callLong(new ArrayList<>(), answered()))).isEqualTo(Kind.TRANSIENT);
    assertThat(breaker.state()).isEqualTo("OPEN");
    assertThat(kindOf(callLong(new ArrayList<>(), answered()))).isEqualTo(Kind.OPEN);

    pass(TERMS.openFor().plusMillis(1));
    answer = answered();
    List<Wait> waits = new ArrayList<>();
    callLong(waits, new CompletableFuture<>());
    assertThat(waits).hasSize(1);
    assertThat(breaker.state()).as("others go on, however long it takes").isEqualTo("CLOSED");
  }

  @Test
  void anOperatorsOrderHoldsUntilItIsTakenBack() {
    List<String> told = new ArrayList<>();
    breaker.listen((from, to, why) -> told.add(from + " " + to));
    breaker.forceOpen();
    pass(Duration.ofMinutes(10));
    assertThat(kindOf(call(answered()))).isEqualTo(Kind.OPEN);
    assertThat(breaker.open()).hasMessageContaining("operator");
    assertThat(breaker.open().hint())
        .contains("automatic on the bean replicator:type=Target,store=sqs,resource=orders");

    breaker.forceClosed();
    for (int i = 0; i < 50; i++) {
      call(failed(Kind.TRANSIENT));
    }
    assertThat(breaker.state()).isEqualTo("FORCED_CLOSED");
    assertThat(breaker.traffic().count(End.FAILED)).as("it goes on counting").isEqualTo(50);

    breaker.automatic();
    assertThat(breaker.state()).isEqualTo("CLOSED");
    assertThat(told)
        .containsExactly("CLOSED FORCED_OPEN", "FORCED_OPEN FORCED_CLOSED", "FORCED_CLOSED CLOSED");
  }

  @Test
  void latenciesAndCountsAreThoseOfTheLastTenSeconds() {
    CompletableFuture<String> one = new CompletableFuture<>();
    call(one);
    pass(Duration.ofMillis(200));
    one.complete("done");
    CompletableFuture<String> slow = new CompletableFuture<>();
    call(slow);
    pass(Duration.ofSeconds(6));
    slow.completeExceptionally(failure(Kind.TRANSIENT));
    assertThat(breaker.traffic().count(End.OK)).isEqualTo(1);
    assertThat(breaker.traffic().count(End.TIMED_OUT)).isEqualTo(1);
    assertThat(breaker.traffic().count(End.FAILED)).isZero();
    assertThat(breaker.traffic().millis(100)).isBetween(5_900L, 6_100L);
    pass(Duration.ofSeconds(11));
    assertThat(breaker.traffic().count(End.OK) + breaker.traffic().count(End.TIMED_OUT)).isZero();
    assertThat(breaker.traffic().millis(50)).isEqualTo(-1);
  }

  private void open() {
    for (int i = 0; i < 10; i++) {
      call(failed(Kind.TRANSIENT));
    }
    assertThat(breaker.state()).isEqualTo("OPEN");
  }

  private int secondsUntilOpen() {
    int seconds = 0;
    while (!breaker.state().equals("OPEN") && seconds < 60) {
      pass(Duration.ofSeconds(1));
      breaker.sweep();
      seconds++;
    }
    return seconds;
  }

  private CompletionStage<String> call(CompletionStage<String> answer) {
    return breaker.call(
        () -> {
          reached.incrementAndGet();
          return answer;
        },
        (done, failure) -> Verdict.of(failure));
  }

  private CompletionStage<String> callLong(List<Wait> waits, CompletionStage<String> ending) {
    return breaker.callLong(
        () -> answer,
        wait -> {
          waits.add(wait);
          return ending;
        },
        (done, failure) -> Verdict.of(failure),
        CompletableFuture::failedFuture);
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private static CompletionStage<String> answered() {
    return CompletableFuture.completedFuture("done");
  }

  private static CompletionStage<String> failed(Kind kind) {
    return CompletableFuture.failedFuture(failure(kind));
  }

  private static ReplicationException failure(Kind kind) {
    return new ReplicationException(kind, "failure of kind " + kind, "mend it", null);
  }

  private static Kind kindOf(CompletionStage<String> answer) {
    Throwable failure =
        answer
            .handle((done, what) -> what instanceof CompletionException ? what.getCause() : what)
            .toCompletableFuture()
            .join();
    return ((ReplicationException) failure).kind();
  }
}
