package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.EU;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.deploy.status.Bean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Three regions under load, one of which is cut off for a while. */
class ThreeRegionsSlow {
  private static final List<String> NAMES = List.of(EAST, WEST, EU);
  private static final Duration OUTAGE = Duration.ofSeconds(15);
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int GROUPS = 5;

  /** What is sent in a region, by the queue that receives it in the others. */
  private record Loads(Load orders, Load invoices, Load events) implements AutoCloseable {
    static Loads begun(Queues queues, String region, long seed) {
      return new Loads(
          new Load(queues, "orders-replication", "orders-" + region, 0, 10, seed),
          new Load(queues, "invoices-replication.fifo", "inv-" + region, GROUPS, 5, seed + 1),
          new Load(queues, "events-in", "events-" + region, 0, 5, seed + 2));
    }

    @Override
    public void close() {
      orders.close();
      invoices.close();
      events.close();
    }
  }

  /** What a region's consumers get. */
  private record Inbox(Postbox orders, Postbox invoices, Postbox events) implements AutoCloseable {
    static Inbox opened(Queues queues) {
      return new Inbox(
          new Postbox(queues, "orders", 1),
          new Postbox(queues, "invoices.fifo", 2),
          new Postbox(queues, "events", 1));
    }

    List<Postbox> all() {
      return List.of(orders, invoices, events);
    }

    @Override
    public void close() {
      all().forEach(Postbox::close);
    }
  }

  @Test
  void withOneCutOffAndHealedEveryRegionGetsEveryMessageOnceAndInOrder() {
    long seed = Long.getLong("replicator.it.seed", System.nanoTime());
    System.out.println("seed " + seed);
    Map<String, Loads> loads = new TreeMap<>();
    Map<String, Inbox> inboxes = new TreeMap<>();
    try (TwoRegions regions = TwoRegions.started(TwoRegions.layout(EAST, WEST, EU))) {
      try {
        exchange(regions, loads, inboxes, seed);
      } finally {
        loads.values().forEach(Loads::close);
        inboxes.values().forEach(Inbox::close);
      }
    }
  }

  private static void exchange(
      TwoRegions regions, Map<String, Loads> loads, Map<String, Inbox> inboxes, long seed) {
    for (String name : NAMES) {
      inboxes.put(name, Inbox.opened(regions.queues(name)));
      loads.put(name, Loads.begun(regions.queues(name), name, seed));
    }
    awaitCurrent(regions, EU, EAST);
    awaitCurrent(regions, EU, WEST);
    awaitCurrent(regions, WEST, EU);

    regions.cut(EU);
    LockSupport.parkNanos(OUTAGE.toNanos());
    // The region that is cut off gets its own at once, the two others go on between them.
    List<Letter> own = loads.get(EU).events().sent();
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() -> assertThat(inboxes.get(EU).events().missing(own)).isEmpty());
    assertThat(regions.flow(EU, "events", EU).orElseThrow().text("Role"))
        .isEqualTo("CAPTURE+APPLY");
    assertThat(lag(regions, EU, "events", EU)).isLessThan(4_000);
    assertThat(lag(regions, WEST, "orders", EAST)).isLessThan(4_000);
    assertThat(lag(regions, EU, "orders", EAST)).isGreaterThan(10_000);
    assertThat(lag(regions, WEST, "orders", EU)).isGreaterThan(10_000);
    regions.heal();

    awaitCurrent(regions, EU, EAST);
    awaitCurrent(regions, WEST, EU);
    loads.values().forEach(Loads::close);
    for (String to : NAMES) {
      Inbox inbox = inboxes.get(to);
      inbox.orders().awaitAll(elsewhere(loads, to, Loads::orders));
      inbox.invoices().awaitAll(elsewhere(loads, to, Loads::invoices));
      inbox.events().awaitAll(loads.get(to).events().sent());
      inbox.events().awaitAll(elsewhere(loads, to, Loads::events));
    }
    for (String to : NAMES) {
      Inbox inbox = inboxes.get(to);
      for (Postbox postbox : inbox.all()) {
        assertThat(postbox.faults()).isEmpty();
        assertThat(postbox.repeated()).isZero();
      }
      // Nothing but that: what a region sends for the others does not come back to it.
      assertThat(inbox.orders().distinct()).isEqualTo(elsewhere(loads, to, Loads::orders).size());
      assertThat(inbox.events().distinct())
          .isEqualTo(
              loads.get(to).events().sent().size() + elsewhere(loads, to, Loads::events).size());
      assertThat(inbox.invoices().groups()).hasSize(2 * GROUPS);
      inbox.invoices().groups().values().forEach(numbers -> assertThat(numbers).isSorted());
    }
  }

  private static List<Letter> elsewhere(
      Map<String, Loads> loads, String here, java.util.function.Function<Loads, Load> which) {
    List<Letter> letters = new ArrayList<>();
    loads.forEach(
        (region, sent) -> {
          if (!region.equals(here)) {
            letters.addAll(which.apply(sent).sent());
          }
        });
    return letters;
  }

  private static void awaitCurrent(TwoRegions regions, String to, String from) {
    for (String resource : List.of("orders", "invoices.fifo", "events")) {
      regions.awaitFlow(
          to,
          resource,
          from,
          PATIENCE,
          flow -> flow.number("LagMillis") >= 0 && flow.number("LagMillis") < 3_000);
    }
  }

  private static long lag(TwoRegions regions, String agent, String resource, String origin) {
    Bean flow = regions.flow(agent, resource, origin).orElseThrow();
    return flow.number("LagMillis");
  }
}
