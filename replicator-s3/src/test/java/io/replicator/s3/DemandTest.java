package io.replicator.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.spi.BodyGate.Wait;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** When a body is waited for. */
class DemandTest {
  private int waits;
  private int ends;
  private Subscription taken;

  private final Demand demand =
      new Demand(
          new Subscriber<ByteBuffer>() {
            @Override
            public void onSubscribe(Subscription subscription) {
              taken = subscription;
            }

            @Override
            public void onNext(ByteBuffer buffer) {}

            @Override
            public void onError(Throwable failure) {}

            @Override
            public void onComplete() {}
          },
          new Wait() {
            @Override
            public void begin() {
              waits++;
            }

            @Override
            public void end() {
              waits--;
              ends++;
            }
          });

  private void comes() {
    demand.onNext(ByteBuffer.allocate(1));
  }

  private void begin() {
    demand.onSubscribe(
        new Subscription() {
          @Override
          public void request(long n) {}

          @Override
          public void cancel() {}
        });
  }

  @Test
  void whoTakesSlowlyWaitsForNobody() {
    begin();
    assertThat(waits).isZero();
    taken.request(2);
    assertThat(waits).isOne();
    comes();
    assertThat(waits).as("for the second").isOne();
    assertThat(ends).as("each that comes is heard").isOne();
    comes();
    assertThat(waits).as("all is here").isZero();
    taken.request(1);
    assertThat(waits).isOne();
  }

  @Test
  void whatIsAskedForWithoutEndIsWaitedForToTheEnd() {
    begin();
    taken.request(Long.MAX_VALUE);
    taken.request(1);
    comes();
    comes();
    assertThat(waits).isOne();
    assertThat(ends).isEqualTo(2);
    demand.onComplete();
    taken.request(1);
    assertThat(waits).isZero();
  }

  @Test
  void whatIsGivenUpOrHasFailedIsNotWaitedFor() {
    begin();
    taken.request(1);
    taken.cancel();
    comes();
    assertThat(waits).isZero();
    begin();
    demand.onError(new IllegalStateException("broken"));
    assertThat(waits).isZero();
  }
}
