package io.replicator.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.replicator.model.Clocks;
import io.replicator.model.FlowState;
import io.replicator.model.Hint;
import io.replicator.spi.Finding;
import io.replicator.spi.HintSource;
import io.replicator.spi.Listing;
import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A listing offers every key once, in order, and can be gone on with where it stood. */
class ListingTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String BUCKET = "listed";
  private static final List<String> KEYS =
      IntStream.range(0, 30).mapToObj(i -> "k/%03d".formatted(i)).toList();

  private static BucketServer server;
  private static S3Clients clients;
  private static BucketPlan plan;

  private final RecordingSink sink = new RecordingSink();

  @BeforeAll
  static void start() {
    server = BucketServer.start();
    server.create(BUCKET);
    KEYS.forEach(key -> server.put(BUCKET, key, new byte[1], Map.of()));
    server.put(BUCKET, "other", new byte[1], Map.of());
    server.put(BUCKET, ".replicator/identity", new byte[1], Map.of());
    clients = new S3Clients(server.place(), Optional.empty(), Duration.ofSeconds(60), 64);
    plan = Plans.of("us-east-1", BUCKET, server, Map.of());
  }

  @AfterAll
  static void stop() {
    clients.close();
    server.close();
  }

  private BucketListing list(String prefix, String after) {
    BucketListing listing = new BucketListing(plan, clients, Hint.Kind.REPAIR, prefix, after, sink);
    listing.start();
    return listing;
  }

  @Test
  void everyKeyIsOfferedOnceAndInOrder() {
    Listing listing = list("", "");
    BucketPair.await(listing.done());
    assertThat(sink.keys()).startsWith(KEYS.toArray(String[]::new)).endsWith("other").hasSize(31);
    assertThat(sink.hints()).extracting(Hint::kind).containsOnly(Hint.Kind.REPAIR);
    assertThat(listing.count()).isEqualTo(31);
    assertThat(listing.position()).isEqualTo("other");
  }

  @Test
  void itGoesOnBehindAKeyAndBelowAPrefix() {
    BucketPair.await(list("k/", "k/019").done());
    assertThat(sink.keys()).isEqualTo(KEYS.subList(20, 30));
  }

  @Test
  void thePositionNeverPassesWhatIsNotDurable() {
    sink.hold();
    Listing listing = list("", "");
    await().atMost(PATIENCE).until(() -> sink.hints().size() == 31);
    assertThat(listing.position()).isEmpty();
    assertThat(listing.count()).isZero();
    sink.release();
    BucketPair.await(listing.done());
    assertThat(listing.position()).isEqualTo("other");
  }

  @Test
  void aSinkThatIsFullIsWaitedFor() {
    var room = sink.full();
    Listing listing = list("", "");
    assertThat(listing.done().toCompletableFuture().isDone()).isFalse();
    assertThat(sink.hints()).isEmpty();
    room.complete(null);
    BucketPair.await(listing.done());
  }

  @Test
  void aMissingBucketEndsItWithTheReason() {
    BucketPlan missing = Plans.of("us-east-1", "missing", server, Map.of());
    BucketListing listing = new BucketListing(missing, clients, Hint.Kind.LISTED, "", "", sink);
    listing.start();
    assertThatThrownBy(() -> BucketPair.await(listing.done()))
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOfSatisfying(
            ReplicationException.class,
            failure -> assertThat(failure.kind()).isEqualTo(ReplicationException.Kind.BLOCKED));
  }

  @Test
  void aSourceOfListingsTellsWhereEachBeginsAndEnds() {
    ListingSource source =
        new ListingSource(plan, clients, sink, Duration.ofSeconds(1), Clocks.system());
    try (HintSource closing = source) {
      source.start();
      await().atMost(PATIENCE).until(() -> sink.listings().size() >= 4);
      assertThat(closing.status().deliveredUpTo()).isPresent();
      assertThat(closing.status().condition().state()).isEqualTo(FlowState.RUNNING);
    }
    List<String> told = sink.listings();
    assertThat(told.get(0)).startsWith("begin ");
    assertThat(told.get(1)).isEqualTo(told.get(0).replace("begin ", "end "));
    assertThat(told.get(2)).startsWith("begin ").isNotEqualTo(told.get(0));
    assertThat(sink.keys().subList(0, 30)).isEqualTo(KEYS);
  }

  @Test
  void aClockThatIsSetNeverHasASourceSayWhatTheStoreDoesNot() {
    AtomicReference<Duration> off = new AtomicReference<>(Duration.ofHours(1));
    Clocks clocks = new Clocks(() -> Instant.now().plus(off.get()), Clocks.system().steady());
    ListingSource source = new ListingSource(plan, clients, sink, Duration.ofSeconds(1), clocks);
    try (HintSource closing = source) {
      source.start();
      awaitUpTo(closing, upTo -> true);
      assertThat(closing.status().deliveredUpTo().orElseThrow())
          .as("the store's clock is right")
          .isBetween(Instant.now().minusSeconds(120), Instant.now());
      off.set(Duration.ofHours(-1));
      awaitUpTo(closing, upTo -> upTo.isBefore(Instant.now().minus(Duration.ofHours(1))));
      off.set(Duration.ZERO);
      awaitUpTo(closing, upTo -> upTo.isAfter(Instant.now().minusSeconds(120)));
    }
  }

  private static void awaitUpTo(HintSource source, Predicate<Instant> is) {
    await().atMost(PATIENCE).until(() -> source.status().deliveredUpTo().filter(is).isPresent());
  }

  @Test
  void checkFindsWhatIsThereAndWhatIsMissing() {
    List<Finding> good = new BucketCheck(plan, Optional.empty(), clients).findings();
    assertThat(good).extracting(Finding::level).doesNotContain(Finding.Level.ERROR);
    assertThat(good)
        .extracting(Finding::detail)
        .anyMatch(detail -> detail.contains("can be listed"))
        .anyMatch(detail -> detail.contains("conditional writes"))
        .anyMatch(detail -> detail.contains("has no tags"));
    BucketPlan missing = Plans.of("us-east-1", "missing", server, Map.of());
    List<Finding> bad = new BucketCheck(missing, Optional.empty(), clients).findings();
    assertThat(bad).extracting(Finding::level).containsExactly(Finding.Level.ERROR);
    assertThat(bad.get(0).mend()).contains("create the bucket");
  }
}
