package io.replicator.s3;

import io.replicator.spi.BodyGate.Wait;
import java.nio.ByteBuffer;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * A demand for the bytes of a body passes them on, and is waited for while some were asked for that
 * have not come: who takes them slowly waits for nobody. What is asked for and what comes may meet
 * on two threads, and what was counted under a lock is told under it.
 */
final class Demand implements Subscriber<ByteBuffer>, Subscription {
  private final Subscriber<? super ByteBuffer> taker;
  private final Wait wait;

  /** How many buffers were asked for and have not come. */
  private long due;

  private boolean over;
  private volatile Subscription source;

  Demand(Subscriber<? super ByteBuffer> taker, Wait wait) {
    this.taker = taker;
    this.wait = wait;
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    source = subscription;
    taker.onSubscribe(this);
  }

  @Override
  public void request(long n) {
    asked(n);
    source.request(n);
  }

  private synchronized void asked(long n) {
    if (over || n <= 0) {
      return;
    }
    if (due == 0) {
      wait.begin();
    }
    due = n > Long.MAX_VALUE - due ? Long.MAX_VALUE : due + n;
  }

  @Override
  public void onNext(ByteBuffer buffer) {
    came();
    taker.onNext(buffer);
  }

  private synchronized void came() {
    if (over || due == 0) {
      return;
    }
    wait.end();
    due -= due == Long.MAX_VALUE ? 0 : 1;
    if (due > 0) {
      wait.begin();
    }
  }

  @Override
  public void onError(Throwable failure) {
    end();
    taker.onError(failure);
  }

  @Override
  public void onComplete() {
    end();
    taker.onComplete();
  }

  @Override
  public void cancel() {
    end();
    source.cancel();
  }

  private synchronized void end() {
    if (!over && due > 0) {
      wait.end();
    }
    over = true;
  }
}
