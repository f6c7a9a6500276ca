package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.replicator.deploy.status.Bean;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** The link between the regions is lost, or a region's own Kafka: {@code mvn verify -Pslow}. */
@OnSharedRegions
class OutageSlow {
  private static final Duration OUTAGE = Duration.ofSeconds(30);

  /** For so long the queue hides what was received. */
  private static final Duration VISIBILITY = Duration.ofSeconds(20);

  /** What is in hand would be received again by its end if nobody extended that. */
  private static final Duration LONG_OUTAGE = VISIBILITY.plusSeconds(5);

  /** A request for messages that is under way ends within this. */
  private static final Duration POLL = Duration.ofSeconds(2);

  private static final String RESOURCE = "outage";
  private static final String LOCAL = "outage-local";
  private static final String LOST = "outage-lost";
  private static final String SOURCE = TwoRegions.source(RESOURCE);
  private static TwoRegions regions;

  @BeforeAll
  static void start(TwoRegions shared) {
    regions = shared;
    regions.createQueues(RESOURCE);
    addQueues();
    regions.open(RESOURCE);
  }

  @AfterAll
  static void stop() {
    regions.remove(RESOURCE);
    regions.queues(EAST).drop(LOCAL);
    regions.queues(EAST).drop(LOST);
  }

  @Test
  void aLostLinkHarmsNoLocalWorkShowsInTheLagAndLosesNothing() {
    try (Postbox west = new Postbox(regions.queues(WEST), RESOURCE, 2);
        Postbox local = new Postbox(regions.queues(EAST), LOCAL, 1)) {
      Load load = new Load(regions.queues(EAST), SOURCE, "cut", 0, 200, 1);
      Load neighbour = new Load(regions.queues(EAST), LOCAL, LOCAL, 0, 50, 2);
      regions.awaitFlow(
          WEST, RESOURCE, EAST, Duration.ofSeconds(30), flow -> recent(flow.number("LagMillis")));
      await().atMost(Duration.ofSeconds(30)).until(() -> neighbour.millis().size() >= 50);
      int before = neighbour.millis().size();
      regions.cut();
      LockSupport.parkNanos(Duration.ofSeconds(5).toNanos());
      Bean early = regions.flow(WEST, RESOURCE, EAST).orElseThrow();
      long begin = System.nanoTime();
      LockSupport.parkNanos(OUTAGE.minusSeconds(5).toNanos());
      Bean late = regions.flow(WEST, RESOURCE, EAST).orElseThrow();
      long passed = (System.nanoTime() - begin) / 1_000_000;
      regions.heal();
      List<Long> during = neighbour.millis();
      assertThat(late.number("LagMillis") - early.number("LagMillis"))
          .as("lag grows by a second per second")
          .isCloseTo(passed, within(1_000L));
      assertThat(median(during.subList(before, during.size())))
          .as("local sends during the outage, milliseconds")
          .isLessThanOrEqualTo(median(during.subList(0, before)) + 20);
      load.close();
      neighbour.close();
      west.awaitAll(load.sent());
      local.awaitAll(neighbour.sent());
      assertThat(west.faults()).isEmpty();
      assertThat(west.repeated()).isZero();
      regions.awaitFlow(
          WEST,
          RESOURCE,
          EAST,
          Duration.ofSeconds(30),
          flow -> recent(flow.number("LagMillis")) && flow.number("PendingChanges") == 0);
    }
  }

  @Test
  void withoutItsKafkaCaptureStopsReceivingAndNothingBecomesADeadLetter() throws Exception {
    Queues east = regions.queues(EAST);
    try (Postbox west = new Postbox(regions.queues(WEST), RESOURCE, 2)) {
      List<Letter> first = Letter.mixed("kafka-1", 50, new Random(1));
      List<Letter> inHand = Letter.mixed("kafka-2", 100, new Random(2));
      List<Letter> second = Letter.mixed("kafka-3", 2_000, new Random(3));
      east.send(SOURCE, first);
      west.awaitAll(first);
      regions.region(EAST).broker().process().kill();
      // In the moment before the loss is noticed some are received, and have to wait in hand.
      east.send(SOURCE, inHand);
      regions.awaitFlow(
          EAST,
          RESOURCE,
          EAST,
          Duration.ofSeconds(20),
          flow -> flow.text("State").equals("BLOCKED"));
      LockSupport.parkNanos(POLL.toNanos());
      long begin = System.nanoTime();
      long held = east.hidden(SOURCE);
      assertThat(held).isBetween(1L, (long) inHand.size());
      east.send(SOURCE, second);
      await()
          .atMost(LONG_OUTAGE.multipliedBy(2))
          .pollInterval(Duration.ofMillis(500))
          .until(
              () -> {
                assertThat(east.hidden(SOURCE)).isEqualTo(held);
                return System.nanoTime() - begin > LONG_OUTAGE.toNanos();
              });
      regions.region(EAST).broker().process().start();
      west.awaitAll(inHand);
      west.awaitAll(second);
      assertThat(west.faults()).isEmpty();
      assertThat(east.size(LOST)).isZero();
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(east.size(SOURCE)).isZero());
    }
  }

  private static void addQueues() {
    Queues east = regions.queues(EAST);
    east.create(LOCAL, Map.of());
    east.create(LOST, Map.of());
    east.client()
        .setQueueAttributes(
            set ->
                set.queueUrl(east.url(SOURCE))
                    .attributes(
                        Map.of(
                            QueueAttributeName.VISIBILITY_TIMEOUT,
                            Long.toString(VISIBILITY.toSeconds()),
                            QueueAttributeName.REDRIVE_POLICY,
                            "{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:000000000000:"
                                + LOST
                                + "\",\"maxReceiveCount\":\"2\"}")))
        .join();
  }

  private static boolean recent(long lagMillis) {
    return lagMillis >= 0 && lagMillis < 3_000;
  }

  private static long median(List<Long> millis) {
    return millis.stream().sorted().skip(millis.size() / 2).findFirst().orElseThrow();
  }
}
