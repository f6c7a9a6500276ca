package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.deploy.process.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;

/**
 * What the road costs: start, memory, latency, and throughput beside a plain client loop that moves
 * the same messages between the same queue servers in the same run.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RoadBench {
  private static final int MESSAGES = Integer.getInteger("replicator.bench.messages", 10_000);
  private static final int ROUNDS = Integer.getInteger("replicator.bench.rounds", 3);
  private static final int LOOPS = 8;
  private static TwoRegions regions;
  private static long startMillis;

  @BeforeAll
  static void start() {
    long begin = System.nanoTime();
    regions = TwoRegions.startedAsInProduction(TwoRegions.layout(EAST, WEST), region -> {});
    startMillis = (System.nanoTime() - begin) / 1_000_000;
    for (String region : List.of(EAST, WEST)) {
      regions.queues(region).create("bench", Map.of());
    }
  }

  @AfterAll
  static void stop() {
    regions.close();
  }

  @Test
  @Order(1)
  void latencyAtTwoHundredMessagesASecond() {
    try (Postbox west = new Postbox(regions.queues(WEST), "orders", 2)) {
      try (Load warm = load("warm")) {
        LockSupport.parkNanos(Duration.ofSeconds(15).toNanos());
        assertThat(warm.sent()).isNotEmpty();
      }
      // The beans show the minute before the last full one and since: let the warm-up leave it.
      Load load = load("latency");
      LockSupport.parkNanos(Duration.ofSeconds(125).toNanos());
      var flow = regions.flow(WEST, "orders", EAST).orElseThrow();
      load.close();
      west.awaitAll(load.sent());
      System.out.printf(
          "BENCH end-to-end at 200 messages/s: p50 %d ms, p99 %d ms, max %d ms (source's write to"
              + " confirmed apply)%n",
          flow.number("LatencyP50Millis"),
          flow.number("LatencyP99Millis"),
          flow.number("LatencyMaxMillis"));
    }
  }

  @Test
  @Order(2)
  void throughputBesideAPlainClientLoop() throws Exception {
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      double loop = plainLoop(round);
      double road = road(round);
      ratios.add(road / loop);
      System.out.printf(
          "BENCH round %d: plain loop %.0f messages/s, replicator %.0f messages/s, ratio %.2f%n",
          round, loop, road, road / loop);
    }
    System.out.printf(
        "BENCH throughput ratio, median of %d: %.2f%n",
        ROUNDS, ratios.stream().sorted().skip(ROUNDS / 2).findFirst().orElseThrow());
  }

  @Test
  @Order(3)
  void memoryAndStart() throws IOException {
    System.out.printf("BENCH both regions ready after %d ms%n", startMillis);
    for (String region : List.of(EAST, WEST)) {
      ServerProcess agent = regions.region(region).agent().process();
      System.out.printf("BENCH agent of %s after the load: RSS %s%n", region, rss(agent.pid()));
    }
  }

  private static Load load(String run) {
    return new Load(regions.queues(EAST), "orders-replication", run, 0, 200, 1);
  }

  /** Fills the source of the east and times how fast its messages are in the west. */
  private static double road(int round) throws Exception {
    capture("pause");
    // A poll that was under way may still bring something after the pause.
    long before = applied();
    regions.queues(EAST).send("orders-replication", letters("road" + round));
    long begin = System.nanoTime();
    capture("resume");
    await()
        .atMost(Duration.ofMinutes(5))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> applied() - before >= MESSAGES);
    double seconds = (System.nanoTime() - begin) / 1e9;
    regions
        .queues(WEST)
        .client()
        .purgeQueue(purge -> purge.queueUrl(regions.queues(WEST).url("orders")))
        .join();
    return MESSAGES / seconds;
  }

  /** Does the same with nothing between: receive there, send here, delete there. */
  private static double plainLoop(int round) {
    Queues east = regions.queues(EAST);
    Queues west = regions.queues(WEST);
    east.send("bench", letters("loop" + round));
    AtomicInteger moved = new AtomicInteger();
    long begin = System.nanoTime();
    List<CompletableFuture<Void>> loops = new ArrayList<>();
    for (int i = 0; i < LOOPS; i++) {
      loops.add(move(east, west, moved));
    }
    loops.forEach(CompletableFuture::join);
    double seconds = (System.nanoTime() - begin) / 1e9;
    assertThat(moved.get()).isEqualTo(MESSAGES);
    west.client().purgeQueue(purge -> purge.queueUrl(west.url("bench"))).join();
    return MESSAGES / seconds;
  }

  private static CompletableFuture<Void> move(Queues from, Queues to, AtomicInteger moved) {
    if (moved.get() >= MESSAGES) {
      return CompletableFuture.completedFuture(null);
    }
    return from.receiving("bench", 1)
        .thenCompose(
            messages -> {
              if (messages.isEmpty()) {
                return CompletableFuture.completedFuture(null);
              }
              List<SendMessageBatchRequestEntry> entries = new ArrayList<>();
              for (Message message : messages) {
                entries.add(
                    SendMessageBatchRequestEntry.builder()
                        .id("m" + entries.size())
                        .messageBody(message.body())
                        .messageAttributes(message.messageAttributes())
                        .build());
              }
              return to.client()
                  .sendMessageBatch(send -> send.queueUrl(to.url("bench")).entries(entries))
                  .thenCompose(sent -> from.delete("bench", messages))
                  .thenRun(() -> moved.addAndGet(messages.size()));
            })
        .thenCompose(nothing -> move(from, to, moved));
  }

  private static List<Letter> letters(String run) {
    List<Letter> letters = new ArrayList<>();
    for (int number = 0; number < MESSAGES; number++) {
      letters.add(new Letter(run, number, 1_000));
    }
    return letters;
  }

  private static long applied() {
    return regions.flow(WEST, "orders", EAST).map(flow -> flow.number("Applied")).orElse(0L);
  }

  private static void capture(String operation) throws Exception {
    regions.invoke(EAST, "orders", EAST, operation);
  }

  private static String rss(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS"))
        .map(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024 + " MB")
        .findFirst()
        .orElse("unknown");
  }
}
