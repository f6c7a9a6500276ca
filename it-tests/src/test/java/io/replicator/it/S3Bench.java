package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.deploy.process.ServerProcess;
import io.replicator.deploy.sandbox.LinkProxy;
import io.replicator.deploy.sandbox.SandboxFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a bucket's road costs: latency, and throughput beside {@code rclone sync}, which makes the
 * same copy between the same servers in the same run. Without rclone the ratio is left out.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class S3Bench {
  private static final int SMALL = Integer.getInteger("replicator.bench.objects", 2_000);
  private static final int LARGE = Integer.getInteger("replicator.bench.large-objects", 8);
  private static final int SMALL_BYTES = 4 << 10;
  private static final int LARGE_BYTES = 64 << 20;
  private static final int RATE = 50;
  private static final int SECONDS = Integer.getInteger("replicator.bench.seconds", 180);
  private static final long GIVE_UP_MINUTES = 10;
  private static final Duration SOON = Duration.ofSeconds(60);

  /** What rclone copies to. */
  private static final String COPY = "rclone";

  private static final Duration DELAY = Duration.ofMillis(10);

  private static final List<LinkProxy> links = new ArrayList<>();
  private static final Map<String, URI> endpoints = new HashMap<>();
  private static S3Regions regions;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    regions = S3Regions.startedAsInProduction();
    List.of(EAST, WEST).forEach(region -> endpoints.put(region, regions.server(region).endpoint()));
  }

  @AfterAll
  static void stop() {
    regions.close();
    links.forEach(LinkProxy::close);
  }

  /**
   * From before a put to when the other server's file was there, by the clock that both share: the
   * beans know a change's time in whole seconds alone.
   */
  @Test
  @Order(1)
  void latencyAtFiftyPutsASecond() throws IOException {
    Random random = new Random(1);
    int count = SECONDS * RATE;
    long[] put = new long[count];
    long begin = System.nanoTime();
    for (int number = 0; number < count; number++) {
      put[number] = System.currentTimeMillis();
      regions
          .bucket(EAST)
          .put("latency/" + number, StoredObject.random(SMALL_BYTES, false, random));
      long next = begin + TimeUnit.SECONDS.toNanos(1) * (number + 1) / RATE;
      LockSupport.parkNanos(Math.max(0, next - System.nanoTime()));
    }
    awaitCount("latency/", count);
    Path there = regions.server(WEST).files(Buckets.NAME).resolve("latency");
    List<Long> millis = new ArrayList<>();
    for (int number = count / 2; number < count; number++) { // until then processes get warm
      millis.add(Files.getLastModifiedTime(there.resolve("" + number)).toMillis() - put[number]);
    }
    Collections.sort(millis);
    System.out.printf(
        "BENCH objects end-to-end at %d puts/s: p50 %d ms, p99 %d ms, max %d ms%n",
        RATE,
        millis.get(millis.size() / 2),
        millis.get(millis.size() * 99 / 100),
        millis.get(millis.size() - 1));
  }

  @Test
  @Order(2)
  void smallObjectsBesideRclone() throws Exception {
    compare("small/", SMALL, SMALL_BYTES, SMALL, "objects/s");
  }

  @Test
  @Order(3)
  void largeObjectsBesideRclone() throws Exception {
    compare("large/", LARGE, LARGE_BYTES, LARGE * (LARGE_BYTES / 1e6), "MB/s");
  }

  /**
   * The same where a store takes its time to answer, as S3 does, and not its users' processors: for
   * both, each server is behind a link that takes 10 ms each way.
   */
  @Test
  @Order(4)
  void smallObjectsBesideRcloneWhereTheStoresTakeTheirTime() throws Exception {
    for (String region : List.of(EAST, WEST)) {
      LinkProxy link = new LinkProxy(0, regions.server(region).endpoint().getPort());
      links.add(link);
      link.slow(DELAY);
      String here = "endpoint: " + regions.server(region).endpoint() + "\n";
      Path file = regions.agent(region, 0).configuration();
      String yaml = Files.readString(file);
      assertThat(yaml).contains(here);
      endpoints.put(region, URI.create("http://127.0.0.1:" + link.port()));
      Files.writeString(file, yaml.replace(here, "endpoint: " + endpoints.get(region) + "\n"));
      regions.agent(region, 0).process().stop();
    }
    for (String region : List.of(EAST, WEST)) {
      regions.agent(region, 0).process().start();
      regions.agent(region, 0).process().awaitReady(SOON);
    }
    compare("slow/", SMALL, SMALL_BYTES, SMALL, "objects/s");
  }

  /**
   * Fills the east while its capture is paused, then measures the whole road from its resumption to
   * the last object: notification, look, settling, both Kafkas, the copy.
   */
  private void compare(String prefix, int count, int bytes, double amount, String unit)
      throws Exception {
    List<ServerProcess> agents =
        List.of(regions.agent(EAST, 0).process(), regions.agent(WEST, 0).process());
    warmUp(prefix, bytes);
    regions.regions().invoke(EAST, "s3", Buckets.NAME, EAST, "pause");
    regions.awaitFlow(EAST, EAST, SOON, flow -> flow.text("State").equals("PAUSED"));
    fill(prefix, count, bytes);
    long begin = System.nanoTime();
    regions.regions().invoke(EAST, "s3", Buckets.NAME, EAST, "resume");
    awaitCount(prefix, count);
    double ours = amount / seconds(begin);
    assertThat(regions.bucket(WEST).list(prefix)).hasSize(count);
    System.out.printf("BENCH %s: replicator %.1f %s%n", prefix, ours, unit);
    if (!isThere("rclone")) {
      System.out.println("BENCH rclone is not installed: no ratio");
      return;
    }
    agents.forEach(ServerProcess::stop);
    begin = System.nanoTime();
    rclone(prefix);
    double theirs = amount / seconds(begin);
    assertThat(count(regions.server(WEST).files(COPY).resolve(prefix))).isEqualTo(count);
    for (ServerProcess agent : agents) {
      agent.start();
    }
    for (ServerProcess agent : agents) {
      agent.awaitReady(SOON);
    }
    System.out.printf(
        "BENCH %s: rclone sync %.1f %s, ratio %.2f%n", prefix, theirs, unit, ours / theirs);
  }

  /** Has a few objects of the kind copied, so that neither start nor compilation is measured. */
  private void warmUp(String prefix, int bytes) throws IOException {
    int count = bytes == SMALL_BYTES ? SMALL / 2 : 2;
    fill("warm/" + prefix, count, bytes);
    awaitCount("warm/" + prefix, count);
  }

  private static void fill(String prefix, int count, int bytes) {
    ExecutorService writers = Executors.newFixedThreadPool(4);
    try {
      List<CompletableFuture<Void>> written = new ArrayList<>();
      IntStream.range(0, count)
          .forEach(
              number ->
                  written.add(
                      CompletableFuture.runAsync(
                          () ->
                              regions
                                  .bucket(EAST)
                                  .put(
                                      prefix + number,
                                      StoredObject.random(bytes, false, new Random(number))),
                          writers)));
      written.forEach(CompletableFuture::join);
    } finally {
      writers.shutdownNow();
    }
  }

  /** By the files of the west's server, for to list a bucket again and again would slow it down. */
  private static void awaitCount(String prefix, int count) throws IOException {
    Path objects = regions.server(WEST).files(Buckets.NAME).resolve(prefix);
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(GIVE_UP_MINUTES);
    while (count(objects) < count) {
      assertThat(System.nanoTime()).as("the copy goes on").isLessThan(end);
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
  }

  private static long count(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.getFileName().toString().matches("[0-9]+")).count();
    }
  }

  /** Copies to a bucket that nobody replicates. */
  private void rclone(String prefix) throws IOException, InterruptedException {
    Path config = folder.resolve("rclone.conf");
    StringBuilder remotes = new StringBuilder();
    for (String region : List.of(EAST, WEST)) {
      remotes.append(
          """
          [%s]
          type = s3
          provider = Other
          access_key_id = %s
          secret_access_key = %s
          endpoint = %s
          force_path_style = true
          """
              .formatted(
                  region, SandboxFile.ACCESS_KEY, SandboxFile.SECRET_KEY, endpoints.get(region)));
    }
    Files.writeString(config, remotes);
    ProcessBuilder builder =
        new ProcessBuilder(
                "rclone",
                "--config",
                config.toString(),
                "sync",
                EAST + ":" + Buckets.NAME + "/" + prefix,
                WEST + ":" + COPY + "/" + prefix)
            .inheritIO();
    builder.environment().remove("AWS_CA_BUNDLE");
    assertThat(builder.start().waitFor()).isZero();
  }

  private static boolean isThere(String program) throws InterruptedException {
    try {
      return new ProcessBuilder(program, "version")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static double seconds(long begin) {
    return (System.nanoTime() - begin) / 1e9;
  }
}
