package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static java.nio.file.StandardCopyOption.COPY_ATTRIBUTES;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No accident of one region's bucket travels to the other. */
@OnSharedBuckets
class S3AccidentTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** Whatever would travel is there in a second or two. */
  private static final Duration LONG_ENOUGH = Duration.ofSeconds(6);

  private static final int OBJECTS = 40;

  private static S3Regions regions;

  private Path bucket;
  private Path kept;

  @BeforeAll
  static void start(S3Regions shared) {
    regions = shared;
  }

  @BeforeEach
  void fill() {
    for (int i = 0; i < OBJECTS; i++) {
      regions.bucket(i % 2 == 0 ? EAST : WEST).put("object-" + i, "first " + i);
    }
    regions.awaitSame("", PATIENCE);
    bucket = regions.server(EAST).files(Buckets.NAME);
    kept = bucket.resolveSibling("kept");
  }

  /** The bucket as it was, with its identity: the flows go on by themselves. */
  @AfterEach
  void putBack() throws IOException {
    if (Files.exists(bucket)) {
      delete(bucket);
    }
    Files.move(kept, bucket);
    regions.awaitFlow(EAST, WEST, PATIENCE, flow -> flow.text("State").equals("RUNNING"));
    regions.bucket(WEST).delete("another");
    regions.awaitSame("", PATIENCE);
  }

  @Test
  void aBucketEmptiedBehindTheAgentsBackEmptiesNoOther() throws IOException {
    Files.move(bucket, kept);
    Files.createDirectory(bucket);
    theOtherRegionKeepsEverything();
  }

  @Test
  void aDeletedBucketEmptiesNoOther() throws IOException {
    Files.move(bucket, kept);
    theOtherRegionKeepsEverything();
  }

  @Test
  void aBucketDeletedAndMadeAnewEmptiesNoOther() throws IOException {
    Files.move(bucket, kept);
    regions.bucket(EAST).client().createBucket(create -> create.bucket(Buckets.NAME));
    theOtherRegionKeepsEverything();
  }

  @Test
  void aBucketRestoredFromAnOlderCopyTakesNothingBack(@TempDir Path elsewhere) throws IOException {
    Path backup = elsewhere.resolve("backup");
    copy(bucket, backup);
    for (int i = 0; i < OBJECTS; i += 3) {
      regions.bucket(WEST).put("object-" + i, "second " + i);
    }
    regions.bucket(WEST).put("newer", "only now");
    regions.bucket(EAST).delete("object-1");
    regions.awaitSame("", PATIENCE);
    Files.move(bucket, kept);
    copy(backup, bucket);
    theOtherRegionKeepsEverything();
  }

  private void theOtherRegionKeepsEverything() {
    Map<String, String> before = regions.bucket(WEST).list("");
    assertThat(before).hasSizeGreaterThanOrEqualTo(OBJECTS - 1);
    // A change of the other region makes the agent look at the bucket.
    regions.bucket(WEST).put("another", "written after the accident");
    regions.awaitFlow(
        EAST,
        WEST,
        PATIENCE,
        flow -> !flow.text("State").equals("RUNNING") && !flow.text("Hint").isEmpty());
    LockSupport.parkNanos(LONG_ENOUGH.toNanos());
    assertThat(regions.bucket(WEST).list(""))
        .containsAllEntriesOf(before)
        .hasSize(before.size() + 1);
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Copies a bucket with all that its objects carry, as a backup does: they have fresh times. */
  private static void copy(Path from, Path to) {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path copied = to.resolve(from.relativize(file).toString());
        Files.copy(file, copied, COPY_ATTRIBUTES);
        Files.setLastModifiedTime(copied, FileTime.from(Instant.now()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
