package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Messages in both directions at once; then all of it over again. In full, twenty thousand, with
 * {@code -Dreplicator.it.messages=20000}.
 */
@OnSharedRegions
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RoundTripTest {
  private static final int MESSAGES = Integer.getInteger("replicator.it.messages", 6_000);
  private static final int STANDARD = MESSAGES * 2 / 5;
  private static final int ORDERED = MESSAGES / 10;
  private static final int GROUPS = 25;
  private static final Duration PATIENCE = Duration.ofMinutes(4);
  private static final String PLAIN = "round";
  private static final String FIFO = "round.fifo";
  private static TwoRegions regions;

  @BeforeAll
  static void start(TwoRegions shared) {
    regions = shared;
    regions.add(PLAIN);
    regions.add(FIFO);
  }

  @AfterAll
  static void stop() {
    regions.remove(FIFO);
    regions.remove(PLAIN);
  }

  @Test
  @Order(1)
  void everyMessageArrivesOnceAndWholeInTheOtherRegionAndNoneTravelsBack() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    Map<String, List<Letter>> standard = letters("s", STANDARD, random);
    Map<String, List<Letter>> ordered = letters("f", ORDERED, random);
    try (Postbox west = new Postbox(regions.queues(WEST), PLAIN, 4);
        Postbox east = new Postbox(regions.queues(EAST), PLAIN, 4);
        Postbox westOrdered = new Postbox(regions.queues(WEST), FIFO, 3);
        Postbox eastOrdered = new Postbox(regions.queues(EAST), FIFO, 3)) {
      List<CompletableFuture<Void>> senders = new ArrayList<>();
      for (String region : List.of(EAST, WEST)) {
        Queues queues = regions.queues(region);
        senders.add(
            CompletableFuture.runAsync(
                () -> queues.send(TwoRegions.source(PLAIN), standard.get(region))));
        senders.add(
            CompletableFuture.runAsync(
                () -> queues.sendInOrder(TwoRegions.source(FIFO), ordered.get(region), GROUPS)));
      }
      senders.forEach(CompletableFuture::join);
      west.awaitAll(standard.get(EAST));
      east.awaitAll(standard.get(WEST));
      westOrdered.awaitAll(ordered.get(EAST));
      eastOrdered.awaitAll(ordered.get(WEST));
      for (Postbox postbox : List.of(west, east, westOrdered, eastOrdered)) {
        assertThat(postbox.repeated()).isZero();
        assertThat(postbox.faults()).isEmpty();
      }
      for (Postbox postbox : List.of(westOrdered, eastOrdered)) {
        assertThat(postbox.groups()).hasSize(GROUPS);
        postbox.groups().values().forEach(numbers -> assertThat(numbers).isSorted());
      }
      assertThat(west.distinct()).isEqualTo(STANDARD);
      assertThat(east.distinct()).isEqualTo(STANDARD);
      // What was applied must not be captured again: each end counts what was written there alone.
      for (String region : List.of(EAST, WEST)) {
        regions.awaitFlow(
            region,
            PLAIN,
            region,
            Duration.ofSeconds(20),
            flow -> flow.number("Captured") == STANDARD);
        regions.awaitFlow(
            region,
            FIFO,
            region,
            Duration.ofSeconds(20),
            flow -> flow.number("Captured") == ORDERED);
      }
    }
  }

  @Test
  @Order(2)
  void replayingTheWholeTopicSendsNothing() throws Exception {
    regions.region(WEST).agent().process().stop();
    String topic = "replicator.us-east-1.sqs." + PLAIN;
    String group = "replicator.us-west-2.us-east-1.sqs." + PLAIN;
    try (Admin admin =
        Admin.create(Map.of("bootstrap.servers", regions.region(WEST).broker().bootstrap()))) {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  admin
                      .describeConsumerGroups(List.of(group))
                      .all()
                      .get()
                      .get(group)
                      .members()
                      .isEmpty());
      for (int partition = 0; partition < 6; partition++) {
        admin
            .alterConsumerGroupOffsets(
                group, Map.of(new TopicPartition(topic, partition), new OffsetAndMetadata(0)))
            .all()
            .get();
      }
    }
    regions.region(WEST).agent().process().start();
    regions.region(WEST).agent().process().awaitReady(Duration.ofSeconds(60));
    regions.awaitFlow(WEST, PLAIN, EAST, PATIENCE, flow -> flow.number("Duplicates") == STANDARD);
    assertThat(regions.flow(WEST, PLAIN, EAST).orElseThrow().number("Applied")).isZero();
    assertThat(regions.queues(WEST).size(PLAIN)).isZero();
  }

  private static Map<String, List<Letter>> letters(String kind, int count, Random random) {
    return Map.of(
        EAST,
        Letter.mixed(kind + "-east", count, random),
        WEST,
        Letter.mixed(kind + "-west", count, random));
  }
}
