package io.replicator.s3;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** Gathers a body of known size into an array, without a second copy of it. */
final class Bytes implements Subscriber<ByteBuffer> {
  private final byte[] bytes;
  private final CompletableFuture<byte[]> gathered = new CompletableFuture<>();
  private int filled;
  private Subscription subscription;

  Bytes(int size) {
    bytes = new byte[size];
  }

  CompletableFuture<byte[]> gathered() {
    return gathered;
  }

  @Override
  public void onSubscribe(Subscription given) {
    subscription = given;
    given.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(ByteBuffer buffer) {
    if (buffer.remaining() > bytes.length - filled) {
      subscription.cancel();
      gathered.completeExceptionally(new IllegalStateException("a body is longer than was told"));
      return;
    }
    int length = buffer.remaining();
    buffer.get(bytes, filled, length);
    filled += length;
  }

  @Override
  public void onError(Throwable failure) {
    gathered.completeExceptionally(failure);
  }

  @Override
  public void onComplete() {
    if (filled == bytes.length) {
      gathered.complete(bytes);
    } else {
      gathered.completeExceptionally(
          new IllegalStateException(
              "a body broke off after " + filled + " of " + bytes.length + " bytes"));
    }
  }
}
