package io.replicator.s3;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.S3Exceptions;
import org.gaul.s3proxy.blobstore.domain.MultipartUpload;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * A store of S3Proxy that carries out {@code If-Match} in one step, as AWS does, where S3Proxy
 * looks and then acts; and that a test can hold up or break before it acts.
 */
final class LockingStore extends ForwardingBlobStore {
  private final Map<String, Object> locks = new ConcurrentHashMap<>();
  private volatile Consumer<String> before = request -> {};

  private volatile String damaged = "";

  LockingStore(BlobStore delegate) {
    super(delegate);
  }

  /** Runs before each {@code put <key>}, {@code part <key>} and {@code delete <key>}. */
  void before(Consumer<String> action) {
    before = action;
  }

  @Override
  public PutObjectResponse putBlob(PutObjectRequest request, InputStream stream) {
    byte[] body;
    try {
      body = stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    before.accept("put " + request.key());
    synchronized (lock(request.bucket(), request.key())) {
      if (request.ifMatch() != null) {
        HeadObjectResponse there =
            delegate().blobMetadataIfPresent(request.bucket(), request.key());
        if (there == null) {
          throw S3Exceptions.noSuchKey(request.bucket(), request.key(), "nothing to match");
        }
        if (!bare(request.ifMatch()).equals(bare(there.eTag()))) {
          throw S3Exceptions.preconditionFailed(null);
        }
      }
      return delegate().putBlob(request, new ByteArrayInputStream(body));
    }
  }

  /** Flips a bit of what is read of a key from now on; size and ETag stay. */
  void damage(String key) {
    damaged = key;
  }

  @Override
  public UploadPartResponse uploadMultipartPart(
      MultipartUpload upload, UploadPartRequest request, InputStream stream) {
    before.accept("part " + upload.blobName());
    return delegate().uploadMultipartPart(upload, request, stream);
  }

  @Override
  public ResponseInputStream<GetObjectResponse> getBlob(GetObjectRequest request) {
    ResponseInputStream<GetObjectResponse> answer = delegate().getBlob(request);
    if (!request.key().equals(damaged)) {
      return answer;
    }
    return new ResponseInputStream<>(
        answer.response(),
        new FilterInputStream(answer) {
          private boolean flipped;

          @Override
          public int read(byte[] bytes, int offset, int length) throws IOException {
            int read = super.read(bytes, offset, length);
            if (read > 0 && !flipped) {
              bytes[offset] ^= 1;
              flipped = true;
            }
            return read;
          }
        });
  }

  @Override
  public DeleteObjectResponse removeBlob(DeleteObjectRequest request) {
    before.accept("delete " + request.key());
    synchronized (lock(request.bucket(), request.key())) {
      return delegate().removeBlob(request);
    }
  }

  private Object lock(String bucket, String key) {
    return locks.computeIfAbsent(bucket + "/" + key, name -> new Object());
  }

  private static String bare(String etag) {
    return etag == null ? "" : etag.replace("\"", "");
  }
}
