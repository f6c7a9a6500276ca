package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.replicator.deploy.status.Bean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Lag says how old the oldest change is that has not arrived, and nothing else. */
@OnSharedRegions
@ResourceLock(ChaosTest.QUIET)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LagTest {
  private static final int WAITING = 20_000;

  /** A second; by it a small part of those that wait are captured while the lag is looked at. */
  private static final int RATE = 40;

  private static final String RESOURCE = "lag";
  private static TwoRegions regions;

  @BeforeAll
  static void start(TwoRegions shared) {
    regions = shared;
    regions.add(RESOURCE);
  }

  @AfterAll
  static void stop() {
    regions.remove(RESOURCE);
  }

  @Test
  @Order(1)
  void anIdleFlowIsUnderThreeSecondsBehind() {
    regions.awaitFlow(
        WEST,
        RESOURCE,
        EAST,
        Duration.ofSeconds(30),
        flow -> flow.number("LagMillis") >= 0 && flow.number("LagMillis") < 3_000);
    for (int i = 0; i < 20; i++) {
      Bean flow = regions.flow(WEST, RESOURCE, EAST).orElseThrow();
      assertThat(flow.number("LagMillis")).isBetween(0L, 2_999L);
      assertThat(flow.text("State")).isEqualTo("RUNNING");
      java.util.concurrent.locks.LockSupport.parkNanos(Duration.ofMillis(250).toNanos());
    }
  }

  @Test
  @Order(2)
  void withABacklogInTheSourceTheLagIsTheAgeOfTheOldestWaitingMessage() throws Exception {
    regions.region(EAST).agent().process().stop();
    Path file = regions.region(EAST).agent().configuration();
    String plain = Files.readString(file);
    String throttled =
        plain.replace(
            "target: " + RESOURCE + "}", "target: " + RESOURCE + ", capture-rate: " + RATE + "}");
    assertThat(throttled).contains("capture-rate");
    Files.writeString(file, throttled);
    // Which millisecond each thousand was sent in tells the age of whatever is the oldest.
    TreeMap<Integer, Instant> times = new TreeMap<>();
    List<Letter> letters = new java.util.ArrayList<>();
    for (int number = 0; number < WAITING; number++) {
      letters.add(new Letter("lag", number, 60));
    }
    for (int from = 0; from < WAITING; from += 500) {
      times.put(from, Instant.now());
      regions.queues(EAST).send(TwoRegions.source(RESOURCE), letters.subList(from, from + 500));
    }
    try (Postbox west = new Postbox(regions.queues(WEST), RESOURCE, 2)) {
      regions.region(EAST).agent().process().start();
      regions.region(EAST).agent().process().awaitReady(Duration.ofSeconds(60));
      regions.awaitFlow(
          WEST, RESOURCE, EAST, Duration.ofSeconds(30), flow -> west.distinct() > 5 * RATE);
      for (int sample = 0; sample < 5; sample++) {
        Bean flow =
            regions.awaitFlow(
                WEST,
                RESOURCE,
                EAST,
                Duration.ofSeconds(30),
                known -> known.number("PendingChanges") >= 0);
        int arrived = west.distinct();
        Instant oldest = times.floorEntry(Math.min(arrived, WAITING - 1)).getValue();
        long age = Duration.between(oldest, Instant.now()).toMillis();
        System.out.printf(
            "arrived %d, oldest waiting is %d ms old, lag %d ms, pending %d%n",
            arrived, age, flow.number("LagMillis"), flow.number("PendingChanges"));
        assertThat(flow.number("LagMillis")).isCloseTo(age, within(2_000L));
        assertThat(flow.number("PendingChanges"))
            .isCloseTo((long) WAITING - arrived, within(WAITING / 50L));
        java.util.concurrent.locks.LockSupport.parkNanos(Duration.ofSeconds(2).toNanos());
      }
    } finally {
      Files.writeString(file, plain);
    }
  }
}
