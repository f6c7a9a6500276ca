package io.replicator.breaker;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.StateTransition;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.replicator.spi.BodyGate.Wait;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A breaker stands between an agent and one target: all calls go through it, and while it is open
 * none does but the probe.
 *
 * <p>resilience4j decides, by the calls that ended in the last ten seconds. It learns of a call
 * only when that ends; so that a target that hangs shows as soon as one that fails, {@link #sweep}
 * tells it once a second of every call that has hung for too long, but for those that failed alone
 * before. What was begun before the breaker changed its state says nothing of the present one, and
 * is not counted. Thread-safe: resilience4j shows a new state before it tells of it, so that
 * whatever may change it is done under a lock, and a call never has the permission of one state and
 * the era of another.
 */
public final class Breaker {
  /** A call under way; one that may take long hangs only while it waits for its target. */
  private final class Call implements Wait {
    private final long begin = nanos.getAsLong();
    private final int era;
    private final boolean failing;
    private boolean gaveBack; // its permission, to be the probe perhaps
    private final AtomicInteger waits = new AtomicInteger();
    private volatile long waitsSince = begin;

    private Call(int era, boolean failing) {
      this.era = era;
      this.failing = failing;
    }

    @Override
    public void begin() {
      if (waits.get() == 0) {
        waitsSince = nanos.getAsLong();
      }
      waits.incrementAndGet();
    }

    @Override
    public void end() {
      waitsSince = nanos.getAsLong();
      waits.decrementAndGet();
    }

    private long hung(long now) {
      return waits.get() > 0 ? now - waitsSince : 0;
    }
  }

  private final String name;
  private final String bean;
  private final Terms terms;
  private final LongSupplier nanos;
  private final CircuitBreaker circuit;
  private final Traffic traffic;
  private final Set<Call> under = ConcurrentHashMap.newKeySet();
  private final AtomicLong openings = new AtomicLong();
  private int era;
  private int failedInARow;
  private volatile String lastFailure = "";
  private volatile String lastHint = "";

  /** What the target last refused all alike with, if it has not failed in another way since. */
  private volatile ReplicationException lastRefusal;

  /**
   * @param name of the target, as operators know it
   * @param bean the name of the bean on which they overrule it
   */
  public Breaker(String name, String bean, Terms terms) {
    this(name, bean, terms, System::nanoTime);
  }

  Breaker(String name, String bean, Terms terms, LongSupplier nanos) {
    this.name = name;
    this.bean = bean;
    this.terms = terms;
    this.nanos = nanos;
    this.traffic = new Traffic(nanos);
    this.circuit =
        CircuitBreaker.of(
            name,
            CircuitBreakerConfig.custom()
                .slidingWindowType(CircuitBreakerConfig.SlidingWindowType.TIME_BASED)
                .slidingWindowSize(Traffic.SECONDS)
                .failureRateThreshold(terms.failureRate())
                .slowCallRateThreshold(terms.slowCallRate())
                .slowCallDurationThreshold(terms.slowCall())
                .minimumNumberOfCalls(terms.minimumCalls())
                .waitDurationInOpenState(terms.openFor())
                .permittedNumberOfCallsInHalfOpenState(1)
                .clock(new Monotonic(nanos))
                .currentTimestampFunction(clock -> nanos.getAsLong(), TimeUnit.NANOSECONDS)
                .build());
    circuit
        .getEventPublisher()
        .onStateTransition(
            event -> {
              era++;
              if (event.getStateTransition().getToState() == CircuitBreaker.State.OPEN) {
                openings.incrementAndGet();
              }
            });
  }

  /**
   * A clock that nobody sets: one that is set back an hour would keep a breaker open for as long.
   */
  private static final class Monotonic extends Clock {
    private final LongSupplier nanos;

    private Monotonic(LongSupplier nanos) {
      this.nanos = nanos;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return Instant.EPOCH.plusNanos(nanos.getAsLong());
    }
  }

  /** Is told each change of the state. */
  public interface Listener {
    /**
     * Takes note of a change.
     *
     * @param why in words for an operator
     */
    void changed(String from, String to, String why);
  }

  /** Has each change of the state told, on the thread that caused it, which must not be kept. */
  public void listen(Listener listener) {
    circuit
        .getEventPublisher()
        .onStateTransition(
            event -> {
              StateTransition change = event.getStateTransition();
              listener.changed(
                  word(change.getFromState()), word(change.getToState()), why(change.getToState()));
            });
  }

  /**
   * Makes a call, unless the breaker is open: then it completes exceptionally with {@link
   * Kind#OPEN}.
   */
  <T> CompletionStage<T> call(Supplier<CompletionStage<T>> work, Verdict.Judge<? super T> judge) {
    return call(work, judge, false);
  }

  /**
   * Makes a call likewise that failed before while the target took others: that it fails again, or
   * hangs, says nothing of the target.
   */
  <T> CompletionStage<T> callFailing(
      Supplier<CompletionStage<T>> work, Verdict.Judge<? super T> judge) {
    return call(work, (answer, failure) -> judge.of(answer, failure).ofFailing(), true);
  }

  private <T> CompletionStage<T> call(
      Supplier<CompletionStage<T>> work, Verdict.Judge<? super T> judge, boolean failing) {
    Optional<Call> call = admit(failing);
    if (call.isEmpty()) {
      traffic.shortCircuited();
      return CompletableFuture.failedFuture(open());
    }
    call.get().begin();
    return make(call.get(), work, judge);
  }

  /**
   * Makes a call that may take long without anything being wrong with the target, if the breaker is
   * closed. It is never the probe: nothing else would pass until it has ended.
   *
   * @param ask is called first where the breaker is not closed, as the probe perhaps
   * @param work tells when it waits for the target
   * @param otherwise what comes instead, given the exception of kind {@link Kind#OPEN} or what the
   *     asking failed with
   */
  <T> CompletionStage<T> callLong(
      Supplier<? extends CompletionStage<?>> ask,
      Function<Wait, CompletionStage<T>> work,
      Verdict.Judge<? super T> judge,
      Function<Throwable, CompletionStage<T>> otherwise) {
    if (isClosed()) {
      return whileClosed(work, judge, otherwise);
    }
    return call(() -> ask.get().<Void>thenApply(answer -> null), (none, why) -> Verdict.of(why))
        .handle(
            (none, why) ->
                why == null || isClosed()
                    ? whileClosed(work, judge, otherwise)
                    : otherwise.apply(why))
        .thenCompose(Function.identity());
  }

  private <T> CompletionStage<T> whileClosed(
      Function<Wait, CompletionStage<T>> work,
      Verdict.Judge<? super T> judge,
      Function<Throwable, CompletionStage<T>> otherwise) {
    Optional<Call> call = admitWhileClosed();
    if (call.isEmpty()) {
      traffic.shortCircuited();
      return otherwise.apply(open());
    }
    return make(call.get(), () -> work.apply(call.get()), judge);
  }

  private synchronized Optional<Call> admitWhileClosed() {
    return isClosed() ? admit(false) : Optional.empty();
  }

  private boolean isClosed() {
    return switch (circuit.getState()) {
      case CLOSED, METRICS_ONLY, DISABLED -> true;
      case OPEN, HALF_OPEN, FORCED_OPEN -> false;
    };
  }

  private synchronized Optional<Call> admit(boolean failing) {
    if (!circuit.tryAcquirePermission()) {
      return Optional.empty();
    }
    Call call = new Call(era, failing);
    under.add(call);
    return Optional.of(call);
  }

  private <T> CompletionStage<T> make(
      Call call, Supplier<CompletionStage<T>> work, Verdict.Judge<? super T> judge) {
    CompletionStage<T> answer;
    try {
      answer = work.get();
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    return answer.whenComplete((value, failure) -> ended(call, judge.of(value, failure), failure));
  }

  private synchronized void ended(Call call, Verdict verdict, Throwable failure) {
    under.remove(call);
    long now = nanos.getAsLong();
    long hung = call.hung(now);
    if (verdict != Verdict.NOTHING) {
      traffic.ended(end(verdict, hung >= terms.slowCall().toNanos()), now - call.begin);
    }
    if (verdict == Verdict.ILL || verdict == Verdict.REFUSES) {
      remember(failure);
    }
    Verdict counted = counted(verdict);
    if (call.era != era) {
      return;
    }
    switch (counted) {
      case WELL -> circuit.onSuccess(call.failing ? 0 : hung, TimeUnit.NANOSECONDS);
      case ILL, REFUSES -> circuit.onError(hung, TimeUnit.NANOSECONDS, failure);
      case REFUSES_ONE, NOTHING -> giveBack(call);
    }
  }

  private void giveBack(Call call) {
    if (!call.gaveBack) {
      call.gaveBack = true;
      circuit.releasePermission();
    }
  }

  /** Only after so many failures with no answer between them is a refusal one of all alike. */
  private Verdict counted(Verdict verdict) {
    switch (verdict) {
      case WELL -> failedInARow = 0;
      case ILL, REFUSES -> failedInARow++;
      case REFUSES_ONE, NOTHING -> {}
    }
    return verdict == Verdict.REFUSES && failedInARow < terms.minimumCalls()
        ? Verdict.REFUSES_ONE
        : verdict;
  }

  private static Traffic.End end(Verdict verdict, boolean slow) {
    if (verdict == Verdict.WELL) {
      return Traffic.End.OK;
    }
    if (verdict == Verdict.REFUSES || verdict == Verdict.REFUSES_ONE) {
      return Traffic.End.REJECTED;
    }
    return slow ? Traffic.End.TIMED_OUT : Traffic.End.FAILED;
  }

  private void remember(Throwable failure) {
    if (failure != null && Verdict.cause(failure) instanceof ReplicationException known) {
      remember(known.getMessage(), known.hint());
      lastRefusal = known.kind() == Kind.BLOCKED ? known : null;
    } else if (failure != null) {
      remember("unexpected: " + Verdict.cause(failure), "");
    }
  }

  /** Takes note of what an answer that is no failure says of the target. */
  void remember(String failure, String hint) {
    lastFailure = failure;
    lastHint = hint;
    lastRefusal = null;
  }

  /** Counts what hangs; called once a second. */
  public synchronized void sweep() {
    long now = nanos.getAsLong();
    long slow = terms.slowCall().toNanos();
    for (Call call : under) {
      long hung = call.hung(now);
      if (hung < slow || call.era != era) {
        continue;
      }
      if (call.failing) {
        giveBack(call); // or it would keep others from being the probe
        continue;
      }
      if (circuit.getState() == CircuitBreaker.State.HALF_OPEN) {
        remember("the probe has had no answer for " + seconds(hung), "");
        circuit.transitionToOpenState();
        return;
      }
      remember("calls have had no answer for " + seconds(hung), "");
      circuit.onError(hung, TimeUnit.NANOSECONDS, new TimeoutException());
    }
  }

  private static String seconds(long nanos) {
    return Duration.ofNanos(nanos).toSeconds() + " s";
  }

  /**
   * Returns what a call fails with that the breaker lets not pass; its cause is what the target
   * refuses all alike with, if it does.
   */
  ReplicationException open() {
    boolean forced = circuit.getState() == CircuitBreaker.State.FORCED_OPEN;
    String last = lastFailure.isEmpty() ? "" : "; it last said: " + lastFailure;
    return new ReplicationException(
        Kind.OPEN,
        "the breaker before " + name + " is open" + (forced ? ", by an operator's order" : last),
        forced
            ? "call automatic on the bean "
                + bean
                + " of this agent once changes may pass; nothing is lost"
            : (lastHint.isEmpty() ? "look at " + name : lastHint)
                + "; it is probed every few seconds, and nothing is lost meanwhile",
        forced ? null : lastRefusal);
  }

  private String why(CircuitBreaker.State state) {
    return switch (state) {
      case OPEN ->
          "too many calls of the last "
              + Traffic.SECONDS
              + " s failed or hung"
              + (lastFailure.isEmpty() ? "" : "; the last: " + lastFailure);
      case HALF_OPEN -> "it is probed";
      case CLOSED -> "it answers again";
      case FORCED_OPEN -> "an operator holds it open";
      case METRICS_ONLY -> "an operator holds it closed";
      case DISABLED -> "";
    };
  }

  /** Returns CLOSED, OPEN, HALF_OPEN, FORCED_OPEN or FORCED_CLOSED. */
  public String state() {
    return word(circuit.getState());
  }

  private static String word(CircuitBreaker.State state) {
    return state == CircuitBreaker.State.METRICS_ONLY ? "FORCED_CLOSED" : state.name();
  }

  /** Lets nothing pass until {@link #automatic}. */
  public synchronized void forceOpen() {
    if (circuit.getState() != CircuitBreaker.State.FORCED_OPEN) {
      circuit.transitionToForcedOpenState();
    }
  }

  /** Lets everything pass until {@link #automatic}, and goes on counting. */
  public synchronized void forceClosed() {
    if (circuit.getState() != CircuitBreaker.State.METRICS_ONLY) {
      circuit.transitionToMetricsOnlyState();
    }
  }

  /** Goes by the calls again, beginning with a closed breaker. */
  public synchronized void automatic() {
    CircuitBreaker.State state = circuit.getState();
    if (state == CircuitBreaker.State.FORCED_OPEN || state == CircuitBreaker.State.METRICS_ONLY) {
      circuit.transitionToClosedState();
    }
  }

  /** Returns what the calls of the last ten seconds were. */
  public Traffic traffic() {
    return traffic;
  }

  /** Returns how many calls are under way. */
  public int inFlight() {
    return under.size();
  }

  /** Returns how often the breaker has opened by itself. */
  public long openings() {
    return openings.get();
  }

  /** Returns what the target's last failure was; empty if there was none. */
  public String lastFailure() {
    return lastFailure;
  }
}
