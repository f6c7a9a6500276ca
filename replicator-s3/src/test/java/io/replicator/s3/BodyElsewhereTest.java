package io.replicator.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.model.Change;
import io.replicator.model.Region;
import io.replicator.spi.BodyGate;
import io.replicator.spi.SettleTarget.Put;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A body that its origin has no more is fetched from another region that has it. */
class BodyElsewhereTest {
  private static final String THIRD = "third";
  private static final Region AWAY = new Region("eu-north-1");

  private static BucketPair pair;
  private static BucketServer third;

  private BucketTarget target;

  @BeforeAll
  static void start() {
    pair = BucketPair.onTwoServers();
    third = BucketServer.start();
    third.create(THIRD);
  }

  @AfterAll
  static void stop() {
    third.close();
    pair.close();
  }

  @AfterEach
  void close() {
    target.close();
  }

  private Put put(Change change, Map<Region, Place> peers) {
    BucketPlan plan = pair.plan;
    target =
        new BucketTarget(
            new BucketPlan(
                plan.region(),
                plan.bucket(),
                Map.of(new Region("eu-west-1"), THIRD, AWAY, "gone"),
                plan.keys(),
                plan.place(),
                peers,
                plan.inlineLimit(),
                plan.multipartThreshold(),
                true,
                true,
                true,
                false),
            pair.clients,
            BodyGate.WIDE);
    return BucketPair.await(target.put(change, Optional.empty(), () -> true));
  }

  private static Map<Region, Place> peers() {
    return Map.of(
        new Region("us-east-1"),
        pair.originServer.place(),
        new Region("eu-west-1"),
        third.place(),
        AWAY,
        third.place());
  }

  private static Change goneAtTheOrigin(String key, byte[] body) {
    pair.originServer.put(BucketPair.ORIGIN, key, body, Map.of());
    Change change = pair.change(key);
    pair.originServer.delete(BucketPair.ORIGIN, key);
    return change;
  }

  @Test
  void anotherRegionThatHasTheBodyGivesIt() {
    byte[] body = new byte[1 << 20];
    new Random(1).nextBytes(body);
    Change change = goneAtTheOrigin("elsewhere", body);
    third.put(THIRD, "elsewhere", body, Map.of());
    assertThat(put(change, peers())).isInstanceOf(Put.Written.class);
    assertThat(pair.server.get(BucketPair.HERE, "elsewhere")).hasValue(body);
  }

  @Test
  void aLargeBodyIsFetchedThereToo() {
    byte[] body = new byte[(int) Plans.MULTIPART_THRESHOLD + 1];
    new Random(2).nextBytes(body);
    Change change = goneAtTheOrigin("large-elsewhere", body);
    third.put(THIRD, "large-elsewhere", body, Map.of());
    assertThat(put(change, peers())).isInstanceOf(Put.Written.class);
    assertThat(pair.server.get(BucketPair.HERE, "large-elsewhere")).hasValue(body);
    assertThat(pair.server.uploads(BucketPair.HERE)).isZero();
  }

  @Test
  void aBodyThatNobodyHasIsGoneAndAllPlacesAreNamed() {
    Change change = goneAtTheOrigin("nowhere", new byte[1 << 20]);
    third.put(THIRD, "nowhere", new byte[] {1}, Map.of());
    assertThat(put(change, peers()))
        .isInstanceOfSatisfying(
            Put.BodyGone.class,
            gone ->
                assertThat(gone.reason())
                    .contains("bucket origin in us-east-1", "bucket third in eu-west-1")
                    .contains("bucket gone in eu-north-1"));
    assertThat(pair.server.get(BucketPair.HERE, "nowhere")).isEmpty();
  }
}
