package io.replicator.s3;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Optional;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncRequestBody;

/**
 * A part of an object's body on its way from the origin into an upload, at the pace of the upload:
 * it is never in memory as a whole. Each attempt to send it fetches it anew.
 */
final class OriginPart implements AsyncRequestBody {
  private final OriginBody origin;
  private final long begin;
  private final long length;
  private final MessageDigest before;
  private volatile MessageDigest digest;
  private volatile MessageDigest running;

  /**
   * @param before the digest of all that comes before this part; null if the body is not digested
   *     as a whole
   */
  OriginPart(OriginBody origin, long begin, long length, MessageDigest before) {
    this.origin = origin;
    this.begin = begin;
    this.length = length;
    this.before = before;
  }

  @Override
  public Optional<Long> contentLength() {
    return Optional.of(length);
  }

  /** Returns the part's MD5, once it was sent. */
  byte[] md5() {
    return digest.digest();
  }

  /** Returns the digest of all up to the end of this part, once it was sent. */
  MessageDigest running() {
    return running;
  }

  @Override
  public void subscribe(Subscriber<? super ByteBuffer> upload) {
    var unused =
        origin
            .range(begin, length)
            .whenComplete(
                (body, failure) -> {
                  if (failure == null) {
                    body.subscribe(new Attempt(upload));
                  } else {
                    upload.onSubscribe(new Ended());
                    upload.onError(Failure.unwrap(failure));
                  }
                });
  }

  private static MessageDigest copy(MessageDigest of) {
    try {
      return of == null ? null : (MessageDigest) of.clone();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("MD5 can be copied in every JDK", e);
    }
  }

  /** One attempt at sending: digests what passes. */
  private final class Attempt implements Subscriber<ByteBuffer> {
    private final Subscriber<? super ByteBuffer> upload;
    private final MessageDigest own = Digests.md5();
    private final MessageDigest whole = copy(before);
    private long passed;

    Attempt(Subscriber<? super ByteBuffer> upload) {
      this.upload = upload;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      upload.onSubscribe(subscription);
    }

    @Override
    public void onNext(ByteBuffer buffer) {
      passed += buffer.remaining();
      own.update(buffer.duplicate());
      if (whole != null) {
        whole.update(buffer.duplicate());
      }
      if (passed == length) {
        // Its last bytes may be answered before the source says that they were the last.
        digest = own;
        running = whole;
      }
      upload.onNext(buffer);
    }

    @Override
    public void onError(Throwable failure) {
      origin.note(failure);
      upload.onError(failure);
    }

    @Override
    public void onComplete() {
      if (passed != length) {
        onError(
            new IllegalStateException(
                "a body broke off after " + passed + " of " + length + " bytes"));
        return;
      }
      upload.onComplete();
    }
  }

  /** The subscription to a body that never came. */
  private static final class Ended implements Subscription {
    @Override
    public void request(long n) {}

    @Override
    public void cancel() {}
  }
}
