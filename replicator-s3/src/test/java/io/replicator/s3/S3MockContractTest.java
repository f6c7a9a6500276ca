package io.replicator.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.Region;
import io.replicator.model.Version;
import io.replicator.spi.BodyGate;
import io.replicator.spi.Seen;
import io.replicator.spi.SettleTarget;
import io.replicator.spi.SettleTarget.Put;
import io.replicator.spi.SettleTargetContract;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/**
 * A bucket of S3Mock, which has tags, keeps the contract of a settle target; but not in races, for
 * it looks at a condition and then acts.
 */
class S3MockContractTest extends SettleTargetContract {
  private static final String HERE = "here";
  private static final String ORIGIN = "origin";
  private static final Version VERSION = BucketPair.VERSION;

  private static MockServer server;
  private static S3Clients clients;
  private static S3AsyncClient user;

  private final BucketTarget target =
      new BucketTarget(plan("us-west-2", HERE), clients, BodyGate.WIDE);
  private final BucketTarget origin =
      new BucketTarget(plan("us-east-1", ORIGIN), clients, BodyGate.WIDE);

  @BeforeAll
  static void startServer() {
    System.setProperty("aws.accessKeyId", "replicator-test");
    System.setProperty("aws.secretAccessKey", "replicator-test-secret");
    server = MockServer.start();
    clients = new S3Clients(server.place(), Optional.empty(), Duration.ofSeconds(30), 64);
    user = clients.here();
    user.createBucket(request -> request.bucket(HERE)).join();
    user.createBucket(request -> request.bucket(ORIGIN)).join();
  }

  @AfterAll
  static void stopServer() {
    clients.close();
    server.close();
  }

  private static BucketPlan plan(String region, String bucket) {
    return Plans.at(
        server.place(), region, bucket, Map.of(new Region("us-east-1"), server.place()));
  }

  /** Markers are bound to ETags once a first write's answer has told what ETags these are. */
  @BeforeEach
  void writeOnce() {
    writeAtOrigin("first", new byte[1], Map.of());
    Optional<String> there = look("first", false).map(Seen::fingerprint);
    await(target().put(upsert("first", VERSION), there, () -> true));
  }

  @AfterEach
  void close() {
    target.close();
    origin.close();
  }

  /** Without characters that are encoded, for S3Mock does not decode them. */
  @Test
  void tagsArriveAndAreInTheFingerprint() {
    user.putObject(
            request -> request.bucket(ORIGIN).key("tagged").tagging("colour=blue&n=1"),
            AsyncRequestBody.fromString("content"))
        .join();
    Put put = await(target().put(upsert("tagged", VERSION), Optional.empty(), () -> true));
    Seen seen = look("tagged", false).orElseThrow();
    assertThat(put).isEqualTo(new Put.Written(seen.fingerprint()));
    assertThat(seen.replicaOf()).contains(VERSION);
    assertThat(user.getObjectTagging(request -> request.bucket(HERE).key("tagged")).join().tagSet())
        .extracting(tag -> tag.key() + "=" + tag.value())
        .containsExactlyInAnyOrder("colour=blue", "n=1");
    user.deleteObjectTagging(request -> request.bucket(HERE).key("tagged")).join();
    Seen untagged = look("tagged", false).orElseThrow();
    assertThat(untagged.fingerprint()).isNotEqualTo(seen.fingerprint());
    assertThat(untagged.replicaOf()).isEmpty();
  }

  @Override
  protected SettleTarget target() {
    return target;
  }

  @Override
  protected SettleTarget origin() {
    return origin;
  }

  @Override
  protected void write(String key, byte[] body, Map<String, String> metadata) {
    put(HERE, key, body, metadata);
  }

  @Override
  protected void writeAtOrigin(String key, byte[] body, Map<String, String> metadata) {
    put(ORIGIN, key, body, metadata);
  }

  private static void put(String bucket, String key, byte[] body, Map<String, String> metadata) {
    user.putObject(
            request -> request.bucket(bucket).key(key).metadata(metadata),
            AsyncRequestBody.fromBytes(body))
        .join();
  }

  @Override
  protected void remove(String key) {
    user.deleteObject(request -> request.bucket(HERE).key(key)).join();
  }

  @Override
  protected void removeAtOrigin(String key) {
    user.deleteObject(request -> request.bucket(ORIGIN).key(key)).join();
  }

  @Override
  protected Optional<byte[]> bytes(String key) {
    try {
      return Optional.of(
          user.getObject(
                  request -> request.bucket(HERE).key(key), AsyncResponseTransformer.toBytes())
              .join()
              .asByteArray());
    } catch (CompletionException e) {
      if (e.getCause() instanceof NoSuchKeyException) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  protected void copy(String from, String to) {
    user.copyObject(
            request ->
                request
                    .sourceBucket(HERE)
                    .sourceKey(from)
                    .destinationBucket(HERE)
                    .destinationKey(to))
        .join();
  }

  @Override
  protected void rewrite(String key, byte[] body) {
    Map<String, String> metadata =
        user.headObject(request -> request.bucket(HERE).key(key)).join().metadata();
    put(HERE, key, body, metadata);
  }

  @Override
  protected int inlineLimit() {
    return Plans.INLINE_LIMIT;
  }

  /** Its conditional writes are racy: it looks, and then acts. */
  @Override
  protected int races() {
    return 0;
  }
}
