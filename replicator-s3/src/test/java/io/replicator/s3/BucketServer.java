package io.replicator.s3;

import java.io.File;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.gaul.s3proxy.AccessGrant;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/** A real S3 server on disk in this JVM, on a free port of the loopback interface. */
final class BucketServer implements AutoCloseable {
  private static final String ACCESS_KEY = "replicator-test";
  private static final String SECRET_KEY = "replicator-test-secret";

  static {
    System.setProperty("aws.accessKeyId", ACCESS_KEY);
    System.setProperty("aws.secretAccessKey", SECRET_KEY);
  }

  private final S3Proxy proxy;
  private final LockingStore store;
  private final Path folder;
  private final S3AsyncClient user;

  private BucketServer(S3Proxy proxy, LockingStore store, Path folder) {
    this.proxy = proxy;
    this.store = store;
    this.folder = folder;
    this.user = new S3Clients(place(), Optional.empty(), Duration.ofSeconds(60), 64).here();
  }

  static BucketServer start() {
    try {
      Path folder = Files.createTempDirectory("s3");
      LockingStore store = new LockingStore(new FilesystemNio2BlobStore(folder.toString()));
      S3Proxy proxy =
          S3Proxy.builder()
              .blobStore(store)
              .endpoint(URI.create("http://127.0.0.1:0"))
              .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, ACCESS_KEY, SECRET_KEY)
              .ignoreUnknownHeaders(true)
              .build();
      AccessGrant grant = new AccessGrant(SECRET_KEY, store);
      proxy.setBlobStoreLocator(
          (identity, bucket, key) -> ACCESS_KEY.equals(identity) ? grant : null);
      proxy.start();
      return new BucketServer(proxy, store, folder);
    } catch (Exception e) {
      throw new IllegalStateException("S3Proxy does not start", e);
    }
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + proxy.getPort());
  }

  Place place() {
    return new Place("us-east-1", Optional.of(endpoint()), Optional.empty());
  }

  LockingStore store() {
    return store;
  }

  /** Returns a client as users have it. */
  S3AsyncClient user() {
    return user;
  }

  String create(String bucket) {
    user.createBucket(request -> request.bucket(bucket)).join();
    return bucket;
  }

  void put(String bucket, String key, byte[] body, Map<String, String> metadata) {
    user.putObject(
            request -> request.bucket(bucket).key(key).metadata(metadata),
            AsyncRequestBody.fromBytes(body))
        .join();
  }

  /** Returns an object's bytes; empty if there is none. */
  Optional<byte[]> get(String bucket, String key) {
    try {
      return Optional.of(
          user.getObject(
                  request -> request.bucket(bucket).key(key), AsyncResponseTransformer.toBytes())
              .join()
              .asByteArray());
    } catch (CompletionException e) {
      if (e.getCause() instanceof NoSuchKeyException) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Copies an object with all its metadata. */
  void copy(String bucket, String from, String to) {
    user.copyObject(
            request ->
                request
                    .sourceBucket(bucket)
                    .sourceKey(from)
                    .destinationBucket(bucket)
                    .destinationKey(to))
        .join();
  }

  HeadObjectResponse head(String bucket, String key) {
    return user.headObject(request -> request.bucket(bucket).key(key)).join();
  }

  void delete(String bucket, String key) {
    user.deleteObject(request -> request.bucket(bucket).key(key)).join();
  }

  /** Returns the uploads in parts that have begun and not ended. */
  int uploads(String bucket) {
    return user.listMultipartUploads(request -> request.bucket(bucket)).join().uploads().size();
  }

  @Override
  public void close() {
    try {
      proxy.stop();
      try (var files = Files.walk(folder)) {
        files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
