package io.replicator.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.Change;
import io.replicator.model.Version;
import io.replicator.spi.BodyGate;
import io.replicator.spi.Seen;
import io.replicator.spi.SettleTarget.Put;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.ObjectVersion;

/**
 * Of a versioned bucket the current state is settled, and a delete marker is a delete.
 *
 * <p>S3Mock judges a condition by the version below a delete marker, and lists its key. Amazon
 * takes the key for absent in both. So here the target looks before it writes, as where a store has
 * no conditions.
 */
class VersionedBucketTest {
  private static final String HERE = "versioned";
  private static final String ORIGIN = "versioned-origin";
  private static final Version VERSION = BucketPair.VERSION;

  private static MockServer server;
  private static S3Clients clients;
  private static S3AsyncClient user;

  private final BucketTarget target = new BucketTarget(plan(HERE), clients, BodyGate.WIDE);
  private final BucketTarget origin = new BucketTarget(plan(ORIGIN), clients, BodyGate.WIDE);

  @BeforeAll
  static void startServer() {
    System.setProperty("aws.accessKeyId", "replicator-test");
    System.setProperty("aws.secretAccessKey", "replicator-test-secret");
    server = MockServer.start();
    clients = new S3Clients(server.place(), Optional.empty(), Duration.ofSeconds(60), 64);
    user = clients.here();
    for (String bucket : List.of(HERE, ORIGIN)) {
      user.createBucket(request -> request.bucket(bucket)).join();
      user.putBucketVersioning(
              request ->
                  request
                      .bucket(bucket)
                      .versioningConfiguration(it -> it.status(BucketVersioningStatus.ENABLED)))
          .join();
    }
  }

  @AfterAll
  static void stopServer() {
    clients.close();
    server.close();
  }

  @AfterEach
  void close() {
    target.close();
    origin.close();
  }

  private static BucketPlan plan(String bucket) {
    return Plans.unconditional(server.place(), "us-west-2", bucket);
  }

  private static void write(String bucket, String key, String text) {
    user.putObject(
            request -> request.bucket(bucket).key(key), AsyncRequestBody.fromString(text, UTF_8))
        .join();
  }

  private static void remove(String bucket, String key) {
    user.deleteObject(request -> request.bucket(bucket).key(key)).join();
  }

  private static String text(String key) {
    return user.getObject(
            request -> request.bucket(HERE).key(key), AsyncResponseTransformer.toBytes())
        .join()
        .asUtf8String();
  }

  private static List<ObjectVersion> versions(String key) {
    return user.listObjectVersions(request -> request.bucket(HERE).prefix(key)).join().versions();
  }

  private static boolean isDeleteMarkerCurrent(String key) {
    return user
        .listObjectVersions(request -> request.bucket(HERE).prefix(key))
        .join()
        .deleteMarkers()
        .stream()
        .anyMatch(marker -> marker.isLatest());
  }

  private Optional<Seen> look(String key) {
    return BucketPair.await(target.look(key, false));
  }

  private Change change(String key) {
    return BucketPair.change(origin, key);
  }

  private Put put(Change change, Optional<String> expected) {
    return BucketPair.await(target.put(change, expected, () -> true));
  }

  @Test
  void aDeleteLeavesADeleteMarkerAndTheVersionsBelowIt() {
    write(HERE, "deleted", "first");
    write(HERE, "deleted", "second");
    String shown = look("deleted").orElseThrow().fingerprint();
    assertThat(BucketPair.await(target.delete("deleted", shown, () -> true))).isTrue();
    assertThat(look("deleted")).isEmpty();
    assertThat(BucketPair.await(target.look("deleted", true))).isEmpty();
    assertThat(isDeleteMarkerCurrent("deleted")).isTrue();
    assertThat(versions("deleted")).hasSize(2);
  }

  @Test
  void whatAUserDeletedIsSeenAsAbsent() {
    write(HERE, "removed", "content");
    Seen seen = look("removed").orElseThrow();
    remove(HERE, "removed");
    assertThat(look("removed")).isEmpty();
    assertThat(BucketPair.await(target.read("removed", seen))).isEmpty();
    assertThat(BucketPair.await(target.delete("removed", seen.fingerprint(), () -> true)))
        .as("gone already")
        .isTrue();
  }

  @Test
  void aChangeIsAppliedOverADeleteMarker() {
    write(HERE, "again", "before");
    remove(HERE, "again");
    write(ORIGIN, "again", "after");
    Put put = put(change("again"), Optional.empty());
    assertThat(put).isInstanceOf(Put.Written.class);
    Seen seen = look("again").orElseThrow();
    assertThat(put).isEqualTo(new Put.Written(seen.fingerprint()));
    assertThat(text("again")).isEqualTo("after");
    assertThat(isDeleteMarkerCurrent("again")).isFalse();
  }

  @Test
  void aChangeThatExpectsAVersionIsRefusedOverADeleteMarker() {
    write(HERE, "guarded", "before");
    String before = look("guarded").orElseThrow().fingerprint();
    remove(HERE, "guarded");
    write(ORIGIN, "guarded", "after");
    assertThat(put(change("guarded"), Optional.of(before))).isEqualTo(new Put.Refused());
    assertThat(look("guarded")).isEmpty();
  }

  @Test
  void whatIsPutOverAReplicaIsSeenAndTheReplicaStaysBelowIt() {
    write(ORIGIN, "over", "from afar");
    assertThat(put(change("over"), Optional.empty())).isInstanceOf(Put.Written.class);
    assertThat(look("over").orElseThrow().replicaOf()).contains(VERSION);
    write(HERE, "over", "mine");
    assertThat(look("over").orElseThrow().replicaOf()).isEmpty();
    assertThat(versions("over")).hasSize(2);
  }
}
