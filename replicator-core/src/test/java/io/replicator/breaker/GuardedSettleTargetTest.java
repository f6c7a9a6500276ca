package io.replicator.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.Change;
import io.replicator.model.Region;
import io.replicator.spi.BodyGate;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import io.replicator.spi.Seen;
import io.replicator.spi.SettleTarget;
import io.replicator.spi.SettleTarget.Put;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Which breaker opens by what a put ends with. */
class GuardedSettleTargetTest {
  private static final Region ORIGIN = new Region("us-east-1");
  private static final Terms TERMS =
      new Terms(50, 50, Duration.ofSeconds(5), 10, Duration.ofSeconds(3));

  private long nanos = 1_000_000_000L;
  private final Breaker breaker = new Breaker("s3/b", "the bean", TERMS, () -> nanos);
  private final Breaker source =
      new Breaker("the bodies of s3/b in us-east-1", "the bean", TERMS, () -> nanos);
  private Supplier<CompletionStage<Put>> answer =
      () -> CompletableFuture.completedFuture(new Put.Written("f"));
  private Optional<Region> from = Optional.of(ORIGIN);
  private Supplier<CompletionStage<Optional<Seen>>> look =
      () -> CompletableFuture.completedFuture(Optional.empty());
  private Supplier<CompletionStage<?>> ask = () -> CompletableFuture.completedFuture("there");
  private int puts;
  private final BodyGate bodies = new GuardedBodies(Map.of(ORIGIN, source));
  private final SettleTarget target = new GuardedSettleTarget(ends(), breaker);

  @Test
  void bodiesThatAreAwayHoldUpThoseThatReferToThemAlone() {
    answer = () -> CompletableFuture.completedFuture(new Put.BodyAway(failure(Kind.TRANSIENT)));
    puts(10);
    assertThat(source.state()).isEqualTo("OPEN");
    assertThat(breaker.state()).isEqualTo("CLOSED");

    answer = () -> CompletableFuture.completedFuture(new Put.Written("f"));
    assertThat(put())
        .isInstanceOfSatisfying(
            Put.BodyAway.class, away -> assertThat(away.why().kind()).isEqualTo(Kind.OPEN));
    from = Optional.empty();
    assertThat(put()).isInstanceOf(Put.Written.class);
  }

  @Test
  void aTargetThatFailsIsNothingAgainstTheSource() {
    answer = () -> CompletableFuture.failedFuture(failure(Kind.TRANSIENT));
    puts(10);
    assertThat(breaker.state()).isEqualTo("OPEN");
    puts(10);
    assertThat(source.state()).isEqualTo("CLOSED");
    assertThat(source.traffic().count(Traffic.End.FAILED)).isZero();
  }

  @Test
  void aBodyThatIsGoneIsAnAnswerOfItsSource() {
    answer = () -> CompletableFuture.completedFuture(new Put.BodyGone("404"));
    puts(20);
    assertThat(source.state()).isEqualTo("CLOSED");
    assertThat(source.traffic().count(Traffic.End.OK)).isEqualTo(20);
  }

  @Test
  void aBodyIsNotTheProbeOfItsTarget() {
    answer = () -> CompletableFuture.failedFuture(failure(Kind.TRANSIENT));
    puts(10);
    assertThat(breaker.state()).isEqualTo("OPEN");
    nanos += TERMS.openFor().plusMillis(1).toNanos();
    answer = CompletableFuture::new; // it takes its time
    look = () -> CompletableFuture.failedFuture(failure(Kind.TRANSIENT));
    assertThat(put()).isInstanceOf(CompletionException.class);
    assertThat(breaker.state()).isEqualTo("OPEN");
    assertThat(puts).isEqualTo(10);

    nanos += TERMS.openFor().plusMillis(1).toNanos();
    look = () -> CompletableFuture.completedFuture(Optional.empty());
    begin();
    assertThat(puts).isEqualTo(11);
    assertThat(breaker.state()).as("looks and small puts pass").isEqualTo("CLOSED");
  }

  @Test
  void aBodyThatDoesNotComeSaysNothingOfItsTarget() {
    answer = () -> CompletableFuture.completedFuture(new Put.BodyAway(failure(Kind.POISON)));
    puts(20);
    assertThat(breaker.traffic().count(Traffic.End.OK)).isZero();
    assertThat(breaker.inFlight()).isZero();
  }

  @Test
  void aBodyIsNotTheProbeOfItsSource() {
    answer = () -> CompletableFuture.completedFuture(new Put.BodyAway(failure(Kind.TRANSIENT)));
    puts(10);
    nanos += TERMS.openFor().plusMillis(1).toNanos();
    ask = () -> CompletableFuture.failedFuture(failure(Kind.BLOCKED));
    assertThat(put())
        .isInstanceOfSatisfying(
            Put.BodyAway.class, away -> assertThat(away.why().kind()).isEqualTo(Kind.BLOCKED));
    assertThat(source.state()).isEqualTo("OPEN");

    nanos += TERMS.openFor().plusMillis(1).toNanos();
    ask = () -> CompletableFuture.completedFuture("there");
    answer = CompletableFuture::new;
    begin();
    assertThat(source.state()).as("other bodies pass").isEqualTo("CLOSED");
  }

  @Test
  void aSourceIsAskedNothingWhileItIsLeftAlone() {
    answer = () -> CompletableFuture.completedFuture(new Put.BodyAway(failure(Kind.TRANSIENT)));
    puts(10);
    assertThat(
            bodies
                .ask(ORIGIN, () -> CompletableFuture.completedFuture("there"))
                .toCompletableFuture())
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withMessageContaining("is open");
    assertThat(
            bodies.ask(new Region("eu-west-1"), () -> CompletableFuture.completedFuture("there")))
        .as("another region's")
        .isCompletedWithValue("there");
  }

  @Test
  void whatFailsAloneAgainSaysNothingOfItsTarget() {
    SettleTarget failing = target.forFailing();
    look = () -> CompletableFuture.failedFuture(failure(Kind.BLOCKED));
    answer = () -> CompletableFuture.failedFuture(failure(Kind.TRANSIENT));
    for (int i = 0; i < 20; i++) {
      begin(failing);
      var unused = failing.look("k", false);
    }
    assertThat(breaker.state()).isEqualTo("CLOSED");
    puts(10);
    assertThat(breaker.state()).isEqualTo("OPEN");
  }

  private void puts(int count) {
    for (int i = 0; i < count; i++) {
      put();
    }
  }

  private Object put() {
    return begin()
        .handle((put, failure) -> failure == null ? put : failure)
        .toCompletableFuture()
        .orTimeout(10, TimeUnit.SECONDS)
        .join();
  }

  private CompletionStage<Put> begin() {
    return begin(target);
  }

  private static CompletionStage<Put> begin(SettleTarget target) {
    Change change = Change.upsert("id", "k", Instant.EPOCH, new TreeMap<>(), new byte[0]);
    return target.put(change, Optional.empty(), () -> true);
  }

  private static ReplicationException failure(Kind kind) {
    return new ReplicationException(kind, "away", "look at it", null);
  }

  /** An end of which nothing is asked but looks, puts and where their bodies are. */
  private SettleTarget ends() {
    return (SettleTarget)
        Proxy.newProxyInstance(
            SettleTarget.class.getClassLoader(),
            new Class<?>[] {SettleTarget.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "look" -> look.get();
                  case "put" -> fetchAndPut();
                  default -> from;
                });
  }

  private CompletionStage<Put> fetchAndPut() {
    puts++;
    return from.isEmpty() ? answer.get() : bodies.fetch(from.get(), ask, wait -> answer.get());
  }
}
