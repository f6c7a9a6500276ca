package io.replicator.s3;

import io.replicator.spi.BodyGate.Wait;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * A demand for the bytes of a body passes them on, and is waited for while some were asked for that
 * have not come: who takes them slowly waits for nobody.
 */
final class Demand implements Subscriber<ByteBuffer>, Subscription {
  private static final long OVER = -1;

  private final Subscriber<? super ByteBuffer> taker;
  private final Wait wait;

  /** How many buffers were asked for and have not come. */
  private final AtomicLong due = new AtomicLong();

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
    if (n > 0 && due.getAndUpdate(had -> had == OVER ? OVER : sum(had, n)) == 0) {
      wait.begin();
    }
    source.request(n);
  }

  private static long sum(long one, long other) {
    return one > Long.MAX_VALUE - other ? Long.MAX_VALUE : one + other;
  }

  @Override
  public void onNext(ByteBuffer buffer) {
    long had = due.getAndUpdate(it -> it <= 0 || it == Long.MAX_VALUE ? it : it - 1);
    if (had > 0) {
      wait.end();
    }
    if (had > 1) {
      wait.begin();
    }
    taker.onNext(buffer);
  }

  @Override
  public void onError(Throwable failure) {
    over();
    taker.onError(failure);
  }

  @Override
  public void onComplete() {
    over();
    taker.onComplete();
  }

  @Override
  public void cancel() {
    over();
    source.cancel();
  }

  private void over() {
    if (due.getAndSet(OVER) > 0) {
      wait.end();
    }
  }
}
