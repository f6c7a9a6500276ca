package io.replicator.s3;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.S3Exceptions;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/**
 * A store of S3Proxy that carries out {@code If-Match} in one step, as AWS does, where S3Proxy
 * looks and then acts; and that a test can hold up or break before it acts.
 */
final class LockingStore extends ForwardingBlobStore {
  private final Map<String, Object> locks = new ConcurrentHashMap<>();
  private volatile Consumer<String> before = request -> {};

  LockingStore(BlobStore delegate) {
    super(delegate);
  }

  /** Runs before each {@code put <key>} and {@code delete <key>}, when its body is there. */
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
