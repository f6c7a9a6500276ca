package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.deploy.sandbox.AgentServer;
import io.replicator.deploy.sandbox.SandboxBucket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;

/** A bucket whose store notifies of nothing is replicated by its listings alone. */
class S3ListingSlow {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @Test
  void whatIsPutOverwrittenAndDeletedIsSoInTheOtherRegionAndAcrossACrash() throws Exception {
    try (S3Regions regions =
        S3Regions.started(1, region -> region.agents().forEach(S3ListingSlow::listOnly))) {
      Map<String, String> wanted = new TreeMap<>();
      for (String region : List.of(EAST, WEST)) {
        for (int i = 0; i < 20; i++) {
          write(regions, wanted, region, region + "/" + i, "of " + region);
        }
      }
      awaitBoth(regions, wanted);

      // Each region overwrites and deletes what came from the other.
      for (String region : List.of(EAST, WEST)) {
        String other = region.equals(EAST) ? WEST : EAST;
        for (int i = 0; i < 5; i++) {
          write(regions, wanted, region, other + "/" + i, "over the other's");
          delete(regions, wanted, region, other + "/" + (5 + i));
        }
      }
      awaitBoth(regions, wanted);

      AgentServer agent = regions.agent(EAST, 0);
      agent.process().kill();
      delete(regions, wanted, EAST, EAST + "/19");
      write(regions, wanted, EAST, EAST + "/18", "while no agent ran");
      agent.process().start();
      agent.process().awaitReady(Duration.ofSeconds(90));
      awaitBoth(regions, wanted);
      regions.assertNoDifference("");
    }
  }

  private static void listOnly(AgentServer agent) {
    String queue = "notifications: {queue: " + SandboxBucket.PHOTOS.events() + "}";
    try {
      String configuration = Files.readString(agent.configuration());
      assertThat(configuration).contains(queue);
      Files.writeString(
          agent.configuration(), configuration.replace(queue, "notifications: {listing: 1s}"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(
      S3Regions regions, Map<String, String> wanted, String region, String key, String text) {
    regions.bucket(region).put(key, text);
    wanted.put(key, text);
  }

  private static void delete(
      S3Regions regions, Map<String, String> wanted, String region, String key) {
    regions.bucket(region).delete(key);
    wanted.remove(key);
  }

  private static void awaitBoth(S3Regions regions, Map<String, String> wanted) {
    await()
        .atMost(PATIENCE)
        .ignoreExceptionsInstanceOf(NoSuchKeyException.class) // deleted since it was listed
        .untilAsserted(
            () -> {
              assertThat(regions.bucket(EAST).texts("")).isEqualTo(wanted);
              assertThat(regions.bucket(WEST).texts("")).isEqualTo(wanted);
            });
  }
}
