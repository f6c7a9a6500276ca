package io.replicator.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicator.model.Change;
import io.replicator.spi.BodyGate;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.Seen;
import io.replicator.spi.SettleTarget.Put;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/** What is replicated of an object besides its bytes arrives as it was. */
class HeadersTest {
  private static BucketPair pair;

  @BeforeAll
  static void start() {
    pair = BucketPair.onTwoServers();
  }

  @AfterAll
  static void stop() {
    pair.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10, Plans.INLINE_LIMIT + 1, 7 << 20})
  void everyHeaderArrives(int size) {
    HeadObjectResponse arrived =
        replicated(
            "all-" + size,
            size,
            request ->
                request
                    .contentType("text/html;charset=utf-8")
                    .contentEncoding("gzip")
                    .contentLanguage("de, en")
                    .contentDisposition("attachment; filename=\"a b.html\"")
                    .cacheControl("max-age=60, must-revalidate")
                    .overrideConfiguration(
                        override -> override.putHeader("Expires", "Wed, 21 Oct 2026 07:28:00 GMT"))
                    .metadata(Map.of("Colour", "dark blue", "number", "7", "x_y.z-1", "=;,")));
    assertThat(arrived.contentType()).isEqualTo("text/html;charset=utf-8");
    assertThat(arrived.contentEncoding()).isEqualTo("gzip");
    assertThat(arrived.contentLanguage()).isEqualTo("de, en");
    assertThat(arrived.contentDisposition()).isEqualTo("attachment; filename=\"a b.html\"");
    assertThat(arrived.cacheControl()).isEqualTo("max-age=60, must-revalidate");
    if (size <= Plans.MULTIPART_THRESHOLD) {
      // S3Proxy loses it of what is written in parts.
      assertThat(arrived.expiresString()).isEqualTo("Wed, 21 Oct 2026 07:28:00 GMT");
    }
    assertThat(arrived.metadata())
        .containsEntry("colour", "dark blue")
        .containsEntry("number", "7")
        .containsEntry("x_y.z-1", "=;,");
  }

  @Test
  void noHeaderIsMadeUp() {
    HeadObjectResponse arrived = replicated("none", 10, request -> {});
    HeadObjectResponse origin = pair.originServer.head(BucketPair.ORIGIN, "none");
    assertThat(arrived.contentType()).isEqualTo(origin.contentType());
    assertThat(arrived.contentEncoding()).isNull();
    assertThat(arrived.contentLanguage()).isNull();
    assertThat(arrived.contentDisposition()).isNull();
    assertThat(arrived.cacheControl()).isNull();
    assertThat(arrived.expiresString()).isNull();
  }

  @Test
  void metadataThatLeavesNoRoomForAMarkerIsTold() {
    String value = "v".repeat(2000);
    HeadObjectResponse arrived =
        replicated("full", 10, request -> request.metadata(Map.of("long", value)));
    assertThat(arrived.metadata()).containsOnly(Map.entry("long", value));
    Change change = pair.change("full");
    assertThat(pair.target.unmarkable(change)).contains(pair.seen("full").fingerprint());
    assertThat(pair.seen("full").replicaOf()).isEmpty();
    assertThat(pair.target.unmarkable(pair.change("none-full"))).isEmpty();
  }

  /** In a bucket that encrypts by KMS a marker with an ETag would bind nothing. */
  @Test
  void theEtagIsInTheMarkerOnceTheBucketsEtagsAreKnown() {
    pair.originServer.put(BucketPair.ORIGIN, "known", new byte[1], Map.of());
    try (BucketTarget fresh = new BucketTarget(pair.plan, pair.clients, BodyGate.WIDE)) {
      assertThat(marker(fresh, Optional.empty()).etag()).isEmpty();
      Seen first = BucketPair.await(fresh.look("known", false)).orElseThrow();
      assertThat(first.replicaOf()).contains(BucketPair.VERSION);
      assertThat(marker(fresh, Optional.of(first.fingerprint())).etag())
          .contains(Digests.etag(new byte[1]));
    }
  }

  /**
   * A newer agent's replica must not be taken for a user's write, and a user's not for a replica.
   */
  @Test
  void anObjectWithANewerMarkerWaitsForAnUpgradeUnlessItWasCopied() {
    String place = Marker.place(BucketPair.HERE, "newer");
    for (String key : List.of("newer", "copied")) {
      String marker = "2," + BucketPair.VERSION + "," + place + ",etag,of another form";
      pair.server.put(BucketPair.HERE, key, new byte[1], Map.of(Marker.NAME, marker));
    }
    assertThatThrownBy(() -> BucketPair.await(pair.target.look("newer", true)))
        .cause()
        .hasMessageContaining("object newer")
        .hasMessageContaining("marker of format 2")
        .extracting(failure -> ((ReplicationException) failure).kind())
        .isEqualTo(ReplicationException.Kind.NEWER);
    assertThat(pair.seen("copied").replicaOf()).isEmpty();
  }

  private static Marker marker(BucketTarget target, Optional<String> expected) {
    BucketPair.await(target.put(pair.change("known"), expected, () -> true));
    String text = pair.server.head(BucketPair.HERE, "known").metadata().get(Marker.NAME);
    return Marker.parse(text).orElseThrow();
  }

  private static HeadObjectResponse replicated(
      String key, int size, Consumer<PutObjectRequest.Builder> headers) {
    pair.originServer
        .user()
        .putObject(
            request -> {
              request.bucket(BucketPair.ORIGIN).key(key);
              headers.accept(request);
            },
            AsyncRequestBody.fromBytes(new byte[size]))
        .join();
    pair.originServer.put(BucketPair.ORIGIN, "none-full", new byte[1], Map.of());
    Put put = pair.put(pair.change(key));
    Seen seen = pair.seen(key);
    Seen whole = BucketPair.await(pair.target.look(key, true)).orElseThrow();
    assertThat(put).isEqualTo(new Put.Written(seen.fingerprint()));
    assertThat(whole.fingerprint()).isEqualTo(seen.fingerprint());
    return pair.server.head(BucketPair.HERE, key);
  }
}
