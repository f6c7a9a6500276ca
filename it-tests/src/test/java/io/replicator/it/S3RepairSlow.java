package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.deploy.sandbox.AgentServer;
import io.replicator.deploy.sandbox.SandboxBucket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bucket that was lost comes back from the other region, by the steps that README names. */
class S3RepairSlow {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String NOTIFIED =
      "notifications: {queue: " + SandboxBucket.PHOTOS.events() + "}";
  private static final int OBJECTS = 30;

  @TempDir private Path folder;

  @Test
  void aLostBucketIsFilledByARepairAndThenGoesOn() throws Exception {
    try (S3Regions regions = S3Regions.started()) {
      for (int i = 0; i < OBJECTS; i++) {
        regions.bucket(i % 2 == 0 ? EAST : WEST).put("object-" + i, "number " + i);
      }
      regions.awaitSame("", PATIENCE);
      Map<String, String> before = regions.bucket(WEST).list("");

      Path bucket = regions.server(EAST).files(Buckets.NAME);
      Files.move(bucket, bucket.resolveSibling("lost"));
      Files.createDirectory(bucket);
      awaitState(regions, "BLOCKED");

      configure(regions, NOTIFIED, NOTIFIED + ", receive-only: true");
      awaitState(regions, "RUNNING");
      assertThat(backfill(regions, "--repair")).startsWith("s3/photos@" + WEST);
      await().atMost(PATIENCE).until(() -> regions.bucket(EAST).list("").equals(before));
      await().atMost(PATIENCE).until(() -> backfill(regions, "--show").contains("done"));
      configure(regions, NOTIFIED + ", receive-only: true", NOTIFIED);

      regions.bucket(EAST).put("object-0", "after the repair");
      regions.bucket(EAST).delete("object-1");
      regions.awaitSame("", PATIENCE);
      assertThat(regions.bucket(WEST).list("")).hasSize(OBJECTS - 1);
      assertThat(regions.bucket(WEST).texts("object-0")).containsValue("after the repair");
      regions.assertNoDifference("");
    }
  }

  private static void awaitState(S3Regions regions, String state) {
    regions.awaitFlow(EAST, EAST, PATIENCE, flow -> flow.text("State").equals(state));
  }

  /** Has the east's agent read its file anew, in which one text stands for another. */
  private void configure(S3Regions regions, String was, String is) throws Exception {
    AgentServer agent = regions.agent(EAST, 0);
    String configuration = Files.readString(agent.configuration());
    assertThat(configuration).contains(was);
    Files.writeString(agent.configuration(), configuration.replace(was, is));
    Command reload = run("reload", "--jmx", agent.jmxUrl());
    assertThat(reload.code()).as(reload.output()).isZero();
  }

  private String backfill(S3Regions regions, String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of("backfill", "s3/photos@" + WEST));
    command.addAll(List.of("--jmx", regions.agent(WEST, 0).jmxUrl()));
    command.addAll(List.of(words));
    return run(command.toArray(String[]::new)).output();
  }

  private Command run(String... words) throws IOException, InterruptedException {
    return Command.run(folder, Map.of(), words);
  }
}
