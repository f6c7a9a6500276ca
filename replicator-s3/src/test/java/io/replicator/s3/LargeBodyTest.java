package io.replicator.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicator.model.Change;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.Seen;
import io.replicator.spi.SettleTarget.Put;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Large bodies travel by reference, in parts, whole or not at all. */
class LargeBodyTest {
  private static final int MIB = 1 << 20;

  private static BucketPair pair;

  @BeforeAll
  static void start() {
    pair = BucketPair.onTwoServers();
  }

  @AfterAll
  static void stop() {
    pair.close();
  }

  @Test
  void sixtyFourMebibytesArriveWhole() {
    byte[] body = random(64 * MIB);
    pair.originServer.put(BucketPair.ORIGIN, "64-mib", body, Map.of("colour", "blue"));
    Change change = pair.change("64-mib");
    assertThat(change.payload()).isEmpty();
    Put put = pair.put(change);
    Seen seen = pair.seen("64-mib");
    assertThat(put).isEqualTo(new Put.Written(seen.fingerprint()));
    assertThat(seen.replicaOf()).contains(BucketPair.VERSION);
    assertThat(Arrays.equals(pair.server.get(BucketPair.HERE, "64-mib").orElseThrow(), body))
        .isTrue();
    assertNothingIsLeft();
  }

  @Test
  void aBodyBelowTheThresholdKeepsItsEtag() {
    byte[] body = random(3 * MIB);
    pair.originServer.put(BucketPair.ORIGIN, "3-mib", body, Map.of());
    Put put = pair.put(pair.change("3-mib"));
    assertThat(put).isEqualTo(new Put.Written(pair.seen("3-mib").fingerprint()));
    assertThat(pair.server.head(BucketPair.HERE, "3-mib").eTag())
        .isEqualTo(pair.originServer.head(BucketPair.ORIGIN, "3-mib").eTag());
    assertThat(pair.seen("3-mib").replicaOf()).contains(BucketPair.VERSION);
  }

  /** S3Proxy does not tell part sizes; five mebibytes are among those that clients use. */
  @Test
  void aBodyInPartsOfAUsualSizeKeepsItsEtag() {
    List<byte[]> parts = List.of(random(5 * MIB), random(5 * MIB), random(MIB));
    pair.putInParts("parts", parts, Map.of("colour", "blue"));
    Put put = pair.put(pair.change("parts"));
    assertThat(put).isEqualTo(new Put.Written(pair.seen("parts").fingerprint()));
    assertThat(pair.seen("parts").replicaOf()).contains(BucketPair.VERSION);
    assertThat(pair.server.head(BucketPair.HERE, "parts").eTag())
        .isEqualTo(pair.originServer.head(BucketPair.ORIGIN, "parts").eTag())
        .endsWith("-3\"");
    assertThat(pair.server.get(BucketPair.HERE, "parts").orElseThrow())
        .isEqualTo(pair.originServer.get(BucketPair.ORIGIN, "parts").orElseThrow());
    assertNothingIsLeft();
  }

  @Test
  void aLargeBodyThatIsNotExpectedIsRefusedAndLeavesNothing() {
    pair.originServer.put(BucketPair.ORIGIN, "refused", random(7 * MIB), Map.of());
    Change change = pair.change("refused");
    pair.server.put(BucketPair.HERE, "refused", new byte[] {1}, Map.of());
    assertThat(pair.put(change)).isEqualTo(new Put.Refused());
    assertThat(BucketPair.await(pair.target.put(change, Optional.of("other:0"), () -> true)))
        .isEqualTo(new Put.Refused());
    assertThat(pair.server.get(BucketPair.HERE, "refused")).hasValue(new byte[] {1});
    assertNothingIsLeft();
  }

  @Test
  void aLargeBodyThatChangesOnItsWayIsGone() {
    pair.originServer.put(BucketPair.ORIGIN, "changing", random(20 * MIB), Map.of());
    Change change = pair.change("changing");
    AtomicInteger parts = new AtomicInteger();
    pair.server
        .store()
        .before(
            request -> {
              if (request.startsWith("part changing") && parts.incrementAndGet() == 1) {
                pair.originServer.put(BucketPair.ORIGIN, "changing", new byte[20 * MIB], Map.of());
              }
            });
    assertThat(pair.put(change)).isInstanceOf(Put.BodyGone.class);
    assertThat(parts).hasPositiveValue();
    assertThat(pair.server.get(BucketPair.HERE, "changing")).isEmpty();
    assertNothingIsLeft();
  }

  @Test
  void anUploadThatACrashLeftIsAbortedByTheNextOwner() {
    pair.originServer.put(BucketPair.ORIGIN, "crashed", random(7 * MIB), Map.of());
    PendingUploads crashed = new PendingUploads(pair.plan, pair.clients, InstantSource.system());
    String left = begin("crashed");
    BucketPair.await(crashed.began("crashed", left));
    assertThat(pair.server.uploads(BucketPair.HERE)).isEqualTo(1);
    assertThat(pair.put(pair.change("crashed"))).isInstanceOf(Put.Written.class);
    assertNothingIsLeft();
  }

  @Test
  void aWriteWhoseKeyHasAnotherOwnerEndsBeforeAllPartsAreThere() {
    pair.originServer.put(BucketPair.ORIGIN, "lost", random(40 * MIB), Map.of());
    Change change = pair.change("lost");
    AtomicInteger parts = new AtomicInteger();
    pair.server
        .store()
        .before(
            request -> {
              if (request.startsWith("part lost")) {
                parts.incrementAndGet();
              }
            });
    assertThat(BucketPair.await(pair.target.put(change, Optional.empty(), () -> parts.get() < 2)))
        .isEqualTo(new Put.Refused());
    assertThat(parts).hasValue(2);
    assertNothingIsLeft();
  }

  @Test
  void aLeaseThatLapsedForAMomentDoesNotCostTheBody() {
    pair.originServer.put(BucketPair.ORIGIN, "lapsed", random(7 * MIB), Map.of());
    Change change = pair.change("lapsed");
    AtomicInteger asked = new AtomicInteger();
    // Owned for the first part; then not, until it was asked a few times.
    BooleanSupplier owned = () -> asked.incrementAndGet() == 1 || asked.get() > 4;
    assertThat(BucketPair.await(pair.target.put(change, Optional.empty(), owned)))
        .isInstanceOf(Put.Written.class);
    assertThat(asked).hasValueGreaterThan(4);
    assertNothingIsLeft();
  }

  @Test
  void aFormerOwnerLeavesTheNoteOfTheNextOne() {
    PendingUploads former = new PendingUploads(pair.plan, pair.clients, InstantSource.system());
    PendingUploads next = new PendingUploads(pair.plan, pair.clients, InstantSource.system());
    String old = begin("handed-over");
    BucketPair.await(former.began("handed-over", old));
    BucketPair.await(next.abortFormer("handed-over"));
    String young = begin("handed-over");
    BucketPair.await(next.began("handed-over", young));

    BucketPair.await(former.renew("handed-over", old));
    BucketPair.await(former.abort("handed-over", old));
    assertThat(pair.server.uploads(BucketPair.HERE)).isEqualTo(1);
    BucketPair.await(next.abortFormer("handed-over"));
    assertNothingIsLeft();
  }

  private static String begin(String key) {
    return pair.server
        .user()
        .createMultipartUpload(request -> request.bucket(BucketPair.HERE).key(key))
        .join()
        .uploadId();
  }

  @Test
  void aBodyThatIsNotWhatItsEtagSaysIsNotTaken() {
    pair.originServer.put(BucketPair.ORIGIN, "damaged", random(20 * MIB), Map.of());
    Change change = pair.change("damaged");
    pair.originServer.store().damage("damaged");
    assertThatThrownBy(() -> pair.put(change))
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOfSatisfying(
            ReplicationException.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(ReplicationException.Kind.TRANSIENT);
              assertThat(failure).hasMessageContaining("did not come whole");
            });
    assertThat(pair.server.get(BucketPair.HERE, "damaged")).isEmpty();
    assertNothingIsLeft();
  }

  @Test
  void onOneServerTheStoreCopiesItself() {
    try (BucketPair one = BucketPair.onOneServer()) {
      byte[] body = random(12 * MIB);
      one.server.put(BucketPair.ORIGIN, "copied", body, Map.of("colour", "blue"));
      Put put = one.put(one.change("copied"));
      assertThat(put).isEqualTo(new Put.Written(one.seen("copied").fingerprint()));
      assertThat(one.seen("copied").replicaOf()).contains(BucketPair.VERSION);
      assertThat(one.server.head(BucketPair.HERE, "copied").metadata())
          .containsEntry("colour", "blue");
      assertThat(Arrays.equals(one.server.get(BucketPair.HERE, "copied").orElseThrow(), body))
          .isTrue();

      one.server.put(BucketPair.ORIGIN, "gone", body, Map.of());
      Change gone = one.change("gone");
      one.server.delete(BucketPair.ORIGIN, "gone");
      assertThat(one.put(gone)).isInstanceOf(Put.BodyGone.class);
      assertThat(one.server.uploads(BucketPair.HERE)).isZero();
    }
  }

  private static void assertNothingIsLeft() {
    assertThat(pair.server.uploads(BucketPair.HERE)).as("uploads").isZero();
    assertThat(
            pair.server
                .user()
                .listObjectsV2(request -> request.bucket(BucketPair.HERE).prefix(".replicator/"))
                .join()
                .contents())
        .extracting(S3Object::key)
        .as("notes")
        .isEmpty();
    pair.server.store().before(request -> {});
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }
}
