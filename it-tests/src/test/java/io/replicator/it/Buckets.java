package io.replicator.it;

import io.replicator.deploy.sandbox.SandboxBucket;
import io.replicator.deploy.sandbox.SandboxFile;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/** An ordinary service's access to the replicated bucket of a region. Thread-safe. */
final class Buckets implements AutoCloseable {
  static final String NAME = SandboxBucket.PHOTOS.name();

  /** What agents write in parts by default: see the README. */
  static final long MULTIPART_THRESHOLD = 8L << 20;

  /** Replicator's own objects, which differ. */
  private static final String OWN = ".replicator/";

  private final String region;
  private final S3Client client;

  Buckets(String region, URI endpoint) {
    this(region, endpoint, retries -> {});
  }

  /** Returns an access that asks for everything once: what fails has failed when that is told. */
  static Buckets withoutRetries(String region, URI endpoint) {
    return new Buckets(
        region, endpoint, config -> config.retryStrategy(retry -> retry.maxAttempts(1)));
  }

  private Buckets(
      String region, URI endpoint, Consumer<ClientOverrideConfiguration.Builder> configuration) {
    this.region = region;
    client =
        S3Client.builder()
            .overrideConfiguration(configuration)
            .region(Region.of(region))
            .endpointOverride(endpoint)
            .forcePathStyle(true)
            .credentialsProvider(
                StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(SandboxFile.ACCESS_KEY, SandboxFile.SECRET_KEY)))
            .httpClient(
                UrlConnectionHttpClient.builder().socketTimeout(Duration.ofMinutes(2)).build())
            .build();
  }

  String region() {
    return region;
  }

  S3Client client() {
    return client;
  }

  void put(String key, StoredObject object) {
    client.putObject(
        put -> object.describe(put.bucket(NAME).key(key)), RequestBody.fromBytes(object.bytes()));
  }

  void put(String key, String text) {
    client.putObject(put -> put.bucket(NAME).key(key), RequestBody.fromString(text));
  }

  /** Writes an object in parts of a size. */
  void putInParts(String key, StoredObject object, int partSize) {
    String upload =
        client
            .createMultipartUpload(create -> object.describe(create.bucket(NAME).key(key)))
            .uploadId();
    List<CompletedPart> parts = new ArrayList<>();
    for (int from = 0; from < object.bytes().length; from += partSize) {
      int number = parts.size() + 1;
      int length = Math.min(partSize, object.bytes().length - from);
      String etag =
          client
              .uploadPart(
                  part -> part.bucket(NAME).key(key).uploadId(upload).partNumber(number),
                  RequestBody.fromRemainingByteBuffer(
                      ByteBuffer.wrap(object.bytes(), from, length)))
              .eTag();
      parts.add(CompletedPart.builder().partNumber(number).eTag(etag).build());
    }
    client.completeMultipartUpload(
        complete ->
            complete.bucket(NAME).key(key).uploadId(upload).multipartUpload(m -> m.parts(parts)));
  }

  void delete(String key) {
    client.deleteObject(delete -> delete.bucket(NAME).key(key));
  }

  boolean has(String key) {
    try {
      client.headObject(head -> head.bucket(NAME).key(key));
      return true;
    } catch (NoSuchKeyException e) {
      return false;
    }
  }

  /**
   * Returns what a listing tells of the content of all objects under a prefix, by key: the ETag, or
   * only the size of those that a replica may hold in other parts than the original. Replicator's
   * own objects are left out.
   */
  Map<String, String> list(String prefix) {
    Map<String, String> found = new TreeMap<>();
    client.listObjectsV2Paginator(list -> list.bucket(NAME).prefix(prefix)).contents().stream()
        .filter(object -> !object.key().startsWith(OWN))
        .forEach(
            object ->
                found.put(
                    object.key(),
                    object.size() > MULTIPART_THRESHOLD
                        ? object.size() + " bytes"
                        : object.eTag()));
    return found;
  }

  ResponseBytes<GetObjectResponse> get(String key) {
    return client.getObjectAsBytes(get -> get.bucket(NAME).key(key));
  }

  /** Returns the contents of all objects under a prefix, as text, by key. */
  Map<String, String> texts(String prefix) {
    Map<String, String> texts = new TreeMap<>();
    list(prefix).keySet().forEach(key -> texts.put(key, get(key).asUtf8String()));
    return texts;
  }

  /** Tells whether an object holds exactly these bytes. */
  boolean holds(String key, byte[] bytes) {
    return Arrays.equals(get(key).asByteArray(), bytes);
  }

  @Override
  public void close() {
    client.close();
  }
}
