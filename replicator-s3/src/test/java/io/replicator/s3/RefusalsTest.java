package io.replicator.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.fixture.FakeClock;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** A trial decides whether what is refused is the key's fault or the store's. */
class RefusalsTest {
  private final FakeClock clock = new FakeClock();
  private boolean well = true;
  private int trials;
  private final Refusals refusals =
      new Refusals(
          () -> {
            trials++;
            return CompletableFuture.completedFuture(well);
          },
          clock);

  private Kind judged(int status, String code) {
    S3Exception answer =
        (S3Exception)
            S3Exception.builder()
                .statusCode(status)
                .awsErrorDetails(
                    AwsErrorDetails.builder().errorCode(code).errorMessage(code).build())
                .build();
    ReplicationException failure = Failure.of(Action.WRITE, "bucket here, key k", answer);
    return refusals.judge(Action.WRITE, "k", failure).join().kind();
  }

  private Kind stumbled() {
    return judged(500, "InternalError");
  }

  @Test
  void a400OfUnknownFaultIsTheKeysWhereTheStoreTakesAnother() {
    assertThat(judged(400, "InvalidArgument")).isEqualTo(Kind.POISON);
    assertThat(judged(400, "XMinioInvalidObjectName")).isEqualTo(Kind.POISON);
    well = false;
    assertThat(judged(400, "InvalidArgument")).isEqualTo(Kind.BLOCKED);
  }

  @Test
  void whatIsKnownToBeTheStoresIsNotTried() {
    assertThat(judged(400, "ExpiredToken")).isEqualTo(Kind.BLOCKED);
    assertThat(judged(403, "AccessDenied")).isEqualTo(Kind.BLOCKED);
    assertThat(judged(404, "NoSuchBucket")).isEqualTo(Kind.BLOCKED);
    assertThat(judged(503, "SlowDown")).isEqualTo(Kind.TRANSIENT);
    assertThat(trials).isZero();
  }

  @Test
  void anErrorThatStaysForOneKeyIsItsFaultAndNotBeforeTwoMinutes() {
    assertThat(stumbled()).isEqualTo(Kind.TRANSIENT);
    clock.pass(Refusals.LONG.minusSeconds(1));
    assertThat(stumbled()).isEqualTo(Kind.TRANSIENT);
    assertThat(trials).isZero();
    clock.pass(Duration.ofSeconds(1));
    assertThat(stumbled()).isEqualTo(Kind.TRANSIENT);
    assertThat(stumbled()).isEqualTo(Kind.TRANSIENT);
    assertThat(stumbled()).isEqualTo(Kind.POISON);
  }

  @Test
  void aConditionThatIsRefusedAgainstWhatTheStoreShowsIsTheKeysFaultInTheEnd() {
    assertThat(contradicted()).isFalse();
    clock.pass(Refusals.LONG);
    assertThat(contradicted()).isFalse();
    assertThat(contradicted()).isFalse();
    assertThat(contradicted()).isTrue();
  }

  private boolean contradicted() {
    return refusals
        .contradicted(Action.WRITE, "k", "bucket here, key k", true)
        .isCompletedExceptionally();
  }

  @Test
  void whileTheStoreStumblesNoKeyIsBlamed() {
    stumbled();
    clock.pass(Refusals.LONG);
    well = false;
    for (int i = 0; i < 10; i++) {
      assertThat(stumbled()).isEqualTo(Kind.TRANSIENT);
    }
    well = true;
    assertThat(stumbled()).isEqualTo(Kind.TRANSIENT);
    assertThat(stumbled()).isEqualTo(Kind.TRANSIENT);
  }

  @Test
  void anotherAnswerBetweenThemBeginsTheTimeAnew() {
    stumbled();
    clock.pass(Refusals.LONG);
    judged(503, "SlowDown");
    assertThat(stumbled()).isEqualTo(Kind.TRANSIENT);
    refusals.answered(Action.WRITE, "k");
    clock.pass(Refusals.LONG.minusSeconds(1));
    stumbled();
    assertThat(trials).isZero();
  }
}
