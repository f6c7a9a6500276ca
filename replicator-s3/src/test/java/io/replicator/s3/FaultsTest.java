package io.replicator.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.replicator.model.Change;
import io.replicator.spi.BodyGate;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import io.replicator.spi.SettleTarget.Put;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** What a store answers is sorted into what passes, what blocks and what is one object's fault. */
class FaultsTest {
  private static BucketPair pair;

  @BeforeAll
  static void start() {
    pair = BucketPair.withTimeout(Duration.ofSeconds(3));
    pair.originServer.put(BucketPair.ORIGIN, "key", "content".getBytes(UTF_8), Map.of());
  }

  @AfterAll
  static void stop() {
    pair.close();
  }

  @AfterEach
  void letPass() {
    pair.server.store().before(request -> {});
  }

  private static ReplicationException failure(CompletionStage<?> stage) {
    ReplicationException[] found = new ReplicationException[1];
    assertThatThrownBy(() -> BucketPair.await(stage))
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOfSatisfying(ReplicationException.class, failure -> found[0] = failure);
    return found[0];
  }

  private static void answer(int status, String code) {
    pair.server
        .store()
        .before(
            request -> {
              throw refusal(status, code);
            });
  }

  private static RuntimeException refusal(int status, String code) {
    return S3Exception.builder()
        .statusCode(status)
        .message(code)
        .awsErrorDetails(AwsErrorDetails.builder().errorCode(code).errorMessage(code).build())
        .build();
  }

  private static CompletionStage<Put> put() {
    return pair.target.put(pair.change("key"), Optional.empty(), () -> true);
  }

  @Test
  void whatPassesIsTransient() {
    answer(503, "SlowDown");
    assertThat(failure(put()).kind()).isEqualTo(Kind.TRANSIENT);
    answer(500, "InternalError");
    assertThat(failure(put()).kind()).isEqualTo(Kind.TRANSIENT);
  }

  @Test
  void whatWasChangedMeanwhileIsRefused() {
    answer(412, "PreconditionFailed");
    assertThat(BucketPair.await(put())).isEqualTo(new Put.Refused());
    answer(409, "ConditionalRequestConflict");
    assertThat(BucketPair.await(put())).isEqualTo(new Put.Refused());
  }

  /**
   * Amazon answers {@code If-Match} over a delete marker, or over nothing, with 404, and takes the
   * key for absent under {@code If-None-Match}.
   */
  @Test
  void whatWasDeletedMeanwhileIsRefusedToAPutAndDoneForADelete() {
    pair.server.put(BucketPair.HERE, "key", "before".getBytes(UTF_8), Map.of());
    String shown = pair.seen("key").fingerprint();
    answer(404, "NoSuchKey");
    Change change = pair.change("key");
    assertThat(BucketPair.await(pair.target.put(change, Optional.of(shown), () -> true)))
        .isEqualTo(new Put.Refused());
    assertThat(BucketPair.await(pair.target.delete("key", shown, () -> true))).isTrue();
    letPass();
    pair.server.delete(BucketPair.HERE, "key");
    assertThat(BucketPair.await(pair.target.put(change, Optional.of(shown), () -> true)))
        .isEqualTo(new Put.Refused());
    assertThat(pair.put(change)).isInstanceOf(Put.Written.class);
    pair.server.delete(BucketPair.HERE, "key");
  }

  @Test
  void aLargeBodyForAKeyThatWasDeletedMeanwhileIsRefusedAndLeavesNoUpload() {
    byte[] large = new byte[(int) Plans.MULTIPART_THRESHOLD + 1];
    pair.server.put(BucketPair.HERE, "big", "before".getBytes(UTF_8), Map.of());
    String shown = pair.seen("big").fingerprint();
    pair.server.delete(BucketPair.HERE, "big");
    pair.originServer.put(BucketPair.ORIGIN, "big", large, Map.of());
    assertThat(
            BucketPair.await(pair.target.put(pair.change("big"), Optional.of(shown), () -> true)))
        .isEqualTo(new Put.Refused());
    assertThat(pair.server.uploads(BucketPair.HERE)).isZero();
  }

  @Test
  void whatOneObjectIsAtFaultForIsPoison() {
    answer(400, "EntityTooLarge");
    assertThat(failure(put()).kind()).isEqualTo(Kind.POISON);
    answer(400, "MetadataTooLarge");
    assertThat(failure(put()).kind()).isEqualTo(Kind.POISON);
  }

  /** The store takes an object of the agent's own, so it is this key that it does not take. */
  @Test
  void a400ForOneKeyAloneIsPoisonAndForAllBlocks() {
    pair.server
        .store()
        .before(
            request -> {
              if (request.equals("put key")) {
                throw refusal(400, "InvalidArgument");
              }
            });
    ReplicationException poison = failure(put());
    assertThat(poison.kind()).isEqualTo(Kind.POISON);
    assertThat(poison).hasMessageContaining("key key").hasMessageContaining("InvalidArgument");
    assertThat(poison.hint()).contains("other keys");
    answer(400, "InvalidArgument");
    assertThat(failure(put()).kind()).isEqualTo(Kind.BLOCKED);
  }

  /** The server refuses the key itself, whatever is asked of it. */
  @Test
  void aKeyThatTheServerCannotHoldIsPoisonToWriteAndAbsentToADelete() {
    Change held = pair.change("key");
    Change unheld =
        new Change(
            held.id(),
            "/leading",
            held.kind(),
            held.time(),
            held.version(),
            held.base(),
            held.attributes(),
            held.payload());
    assertThat(failure(pair.target.put(unheld, Optional.empty(), () -> true)).kind())
        .isEqualTo(Kind.POISON);
    assertThat(BucketPair.await(pair.target.look("/leading", false))).isEmpty();
    assertThat(BucketPair.await(pair.target.look("/leading", true))).isEmpty();
  }

  @Test
  void aFolderIsWrittenAndKnownAgain() {
    pair.originServer.put(BucketPair.ORIGIN, "folder/", new byte[0], Map.of());
    Change folder = pair.change("folder/");
    Put.Written written = (Put.Written) pair.put(folder);
    assertThat(pair.seen("folder/").fingerprint()).isEqualTo(written.fingerprint());
    assertThat(pair.seen("folder/").replicaOf()).isEqualTo(folder.version());
  }

  @Test
  void deniedAccessBlocksAndNamesTheRight() {
    answer(403, "AccessDenied");
    ReplicationException denied = failure(put());
    assertThat(denied.kind()).isEqualTo(Kind.BLOCKED);
    assertThat(denied.hint()).contains("s3:PutObject").contains("bucket here");
  }

  @Test
  void aMissingBucketIsNeverAnAbsentKey() {
    BucketTarget missing =
        new BucketTarget(
            Plans.of("us-west-2", "missing", pair.server, Map.of()), pair.clients, BodyGate.WIDE);
    for (ReplicationException failure :
        new ReplicationException[] {
          failure(missing.look("key", false)),
          failure(missing.look("key", true)),
          failure(missing.delete("key", "a:b", () -> true)),
          failure(missing.identity()),
          failure(missing.claim())
        }) {
      assertThat(failure.kind()).isEqualTo(Kind.BLOCKED);
      assertThat(failure.hint()).contains("create the bucket");
    }
    missing.close();
  }

  /** What is given up must not land later than it says, and is told to pass. */
  @Test
  void aRequestThatHangsIsGivenUp() throws InterruptedException {
    CountDownLatch hanging = new CountDownLatch(1);
    Consumer<String> hang =
        request -> {
          try {
            assertThat(hanging.await(60, TimeUnit.SECONDS)).isTrue();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        };
    Change change = pair.change("key");
    pair.server.store().before(hang);
    ReplicationException failure = failure(pair.target.put(change, Optional.empty(), () -> true));
    hanging.countDown();
    assertThat(failure.kind()).isEqualTo(Kind.TRANSIENT);
    assertThat(failure.hint()).contains("request-timeout");
  }

  @Test
  void aKeyOutsideTheFiltersIsPoison() {
    BucketPlan all = pair.plan;
    BucketPlan some =
        new BucketPlan(
            all.region(),
            all.bucket(),
            Map.of(),
            new KeyMapping("only/", "", new TreeMap<>()),
            all.place(),
            Map.of(),
            1,
            1,
            true,
            false,
            true,
            false);
    BucketTarget target = new BucketTarget(some, pair.clients, BodyGate.WIDE);
    assertThat(failure(target.look("else", false)).kind()).isEqualTo(Kind.POISON);
    assertThat(target.isReplicated("else")).isFalse();
    assertThat(target.isReplicated("only/this")).isTrue();
    target.close();
  }

  @Test
  void aPeerThatIsNotConfiguredBlocksAndIsNamed() {
    pair.originServer.put(BucketPair.ORIGIN, "large", new byte[Plans.INLINE_LIMIT + 1], Map.of());
    Change change = pair.change("large");
    BucketTarget alone =
        new BucketTarget(
            Plans.of("us-west-2", "here", pair.server, Map.of()), pair.clients, BodyGate.WIDE);
    ReplicationException failure = failure(alone.put(change, Optional.empty(), () -> true));
    assertThat(failure.kind()).isEqualTo(Kind.BLOCKED);
    assertThat(failure.hint()).contains("peers.us-east-1");
    alone.close();
  }
}
