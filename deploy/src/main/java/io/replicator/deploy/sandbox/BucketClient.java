package io.replicator.deploy.sandbox;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * A bucket client is an ordinary user of a region's bucket: it knows nothing of replication.
 * Thread-safe; failures are the SDK's own.
 */
public final class BucketClient implements AutoCloseable {
  private final S3Client client;
  private final String bucket;

  /** A client of a bucket of the server at an endpoint. */
  public BucketClient(String region, URI endpoint, String bucket) {
    this.bucket = bucket;
    client =
        S3Client.builder()
            .region(Region.of(region))
            .endpointOverride(endpoint)
            .forcePathStyle(true)
            .credentialsProvider(
                StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(SandboxFile.ACCESS_KEY, SandboxFile.SECRET_KEY)))
            .httpClient(
                UrlConnectionHttpClient.builder().socketTimeout(Duration.ofSeconds(30)).build())
            .build();
  }

  /** Writes an object and returns its ETag. */
  public String put(String key, String type, byte[] content) {
    return client
        .putObject(
            put -> put.bucket(bucket).key(key).contentType(type), RequestBody.fromBytes(content))
        .eTag();
  }

  /** Returns what an object holds; empty if there is none. */
  public Optional<byte[]> get(String key) {
    try {
      return Optional.of(client.getObjectAsBytes(get -> get.bucket(bucket).key(key)).asByteArray());
    } catch (NoSuchKeyException e) {
      return Optional.empty();
    }
  }

  /** Removes an object, if there is one. */
  public void remove(String key) {
    client.deleteObject(delete -> delete.bucket(bucket).key(key));
  }

  /** Returns all objects whose keys begin with a prefix, in the order of their keys. */
  public List<S3Object> list(String prefix) {
    return client
        .listObjectsV2Paginator(list -> list.bucket(bucket).prefix(prefix))
        .contents()
        .stream()
        .toList();
  }

  @Override
  public void close() {
    client.close();
  }
}
