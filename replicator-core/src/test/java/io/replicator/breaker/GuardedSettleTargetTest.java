package io.replicator.breaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.Change;
import io.replicator.model.Region;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import io.replicator.spi.SettleTarget;
import io.replicator.spi.SettleTarget.Put;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Which breaker opens by what a put ends with. */
class GuardedSettleTargetTest {
  private static final Region ORIGIN = new Region("us-east-1");
  private static final Terms TERMS =
      new Terms(50, 50, Duration.ofSeconds(5), 10, Duration.ofSeconds(3));

  private final Breaker breaker = new Breaker("s3/b", TERMS);
  private final Breaker source = new Breaker("the bodies of s3/b in us-east-1", TERMS);
  private Supplier<CompletionStage<Put>> answer =
      () -> CompletableFuture.completedFuture(new Put.Written("f"));
  private Optional<Region> from = Optional.of(ORIGIN);
  private final SettleTarget target =
      new GuardedSettleTarget(ends(), breaker, Map.of(ORIGIN, source));

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

  private void puts(int count) {
    for (int i = 0; i < count; i++) {
      put();
    }
  }

  private Object put() {
    Change change = Change.upsert("id", "k", Instant.EPOCH, new TreeMap<>(), new byte[0]);
    return target
        .put(change, Optional.empty(), () -> true)
        .handle((put, failure) -> failure == null ? put : failure)
        .toCompletableFuture()
        .join();
  }

  private static ReplicationException failure(Kind kind) {
    return new ReplicationException(kind, "away", "look at it", null);
  }

  /** An end of which nothing is asked but puts and where their bodies are. */
  private SettleTarget ends() {
    return (SettleTarget)
        Proxy.newProxyInstance(
            SettleTarget.class.getClassLoader(),
            new Class<?>[] {SettleTarget.class},
            (proxy, method, arguments) -> method.getName().equals("put") ? answer.get() : from);
  }
}
