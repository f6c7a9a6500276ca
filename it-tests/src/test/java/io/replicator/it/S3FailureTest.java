package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.deploy.sandbox.SandboxFile;
import io.replicator.deploy.status.Bean;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is wrong with a bucket blocks its flow, is no change's fault, and loses nothing. */
@OnSharedBuckets
class S3FailureTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int OBJECTS = 20;
  private static S3Regions regions;

  @BeforeAll
  static void start(S3Regions shared) {
    regions = shared;
  }

  @Test
  void accessDeniedBlocksAndLosesNothing() throws Exception {
    regions.whileStopped(
        WEST, server -> server.configure(config -> config.withSecretKey("another secret")));
    putInTheEast("denied/");
    assertBlocked();
    regions.whileStopped(
        WEST, server -> server.configure(config -> config.withSecretKey(SandboxFile.SECRET_KEY)));
    assertAllThere("denied/");
  }

  @Test
  void aMissingBucketBlocksAndLosesNothing() throws IOException {
    Path bucket = regions.server(WEST).files(Buckets.NAME);
    Path away = bucket.resolveSibling("photos-away");
    Files.move(bucket, away);
    putInTheEast("missing/");
    assertBlocked();
    Files.move(away, bucket);
    assertAllThere("missing/");
  }

  private static void putInTheEast(String prefix) {
    for (int i = 0; i < OBJECTS; i++) {
      regions.bucket(EAST).put(prefix + i, "object " + i);
    }
  }

  private static void assertBlocked() {
    Bean flow =
        regions.awaitFlow(WEST, EAST, PATIENCE, bean -> bean.text("State").equals("BLOCKED"));
    assertThat(flow.text("Hint")).isNotEmpty();
    assertThat(flow.number("DeadLettered")).isZero();
  }

  private static void assertAllThere(String prefix) {
    regions.awaitSame(prefix, PATIENCE);
    assertThat(regions.bucket(WEST).list(prefix)).hasSize(OBJECTS);
    regions.awaitFlow(WEST, EAST, PATIENCE, bean -> bean.text("State").equals("RUNNING"));
    regions.assertNoDifference(prefix);
  }
}
