package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.replicator.deploy.process.ServerProcess;
import io.replicator.deploy.sandbox.AgentServer;
import io.replicator.deploy.sandbox.SandboxRegion;
import io.replicator.deploy.status.AgentStatus;
import io.replicator.deploy.status.Bean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Agents of a previous build and of this one work together, on the way forward and on the way back,
 * while services write all stores in both regions. {@code -Dreplicator.previous} names the previous
 * build; see {@link Build#RECIPE}.
 */
@Isolated("what it starts takes both cores")
class UpgradeSlow {
  private static final Duration START = Duration.ofMinutes(5);
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** So many changes each agent applies beside the others after each change of builds. */
  private static final int TOGETHER = 50;

  private static final List<String> STORES = List.of("orders", "photos", "shop");
  private static final int AGENTS = 2;
  private static final int KILLS = 3;

  private ChaosRegions regions;
  private LateTable late;

  @Test
  void bothBuildsWorkTogetherForwardAndBackAndLoseNothing() throws Exception {
    Optional<Build> named = Build.previous();
    if (named.isEmpty() && System.getProperty("test", "").contains("UpgradeSlow")) {
      throw new AssertionError("-D" + Build.PROPERTY + " names no previous build; " + Build.RECIPE);
    }
    assumeTrue(named.isPresent(), "no previous build is named; " + Build.RECIPE);
    Build previous = named.orElseThrow();
    Build current = Build.current();
    long seed = Long.getLong("seed", ThreadLocalRandom.current().nextInt(1_000_000));
    System.out.println("seed " + seed + ", from " + previous.lib() + " to " + current.lib());
    Leftovers.assertNoneOf(leftovers -> rollThereAndBack(previous, current, seed, leftovers));
  }

  private void rollThereAndBack(Build previous, Build current, long seed, Leftovers leftovers)
      throws Exception {
    try (ChaosRegions started = new ChaosRegions(AGENTS, region -> prepare(region, previous));
        ChaosOracle oracle = new ChaosOracle(started);
        ChaosWriters writers = new ChaosWriters(started, seed)) {
      regions = started;
      leftovers.watch(started.regions());
      late = new LateTable(started.cql(EAST), started.cql(WEST));
      awaitWork();
      late.write();
      awaitParked();
      roll(current);
      roll(previous);
      assertThat(oracle.repeated()).as("letters that came again without a kill").isZero();
      killInTheMiddle(previous, current);

      late.create();
      writers.stop();
      oracle.judge(writers, KILLS);
      late.awaitEqual();
      ChaosAccounts accounts = new ChaosAccounts(started.regions());
      accounts.addUp(writers);
      String outcomes = accounts.countOnce(writers, () -> oracle.judge(writers, KILLS));
      assertThat(gaps()).as("what is missing").isEmpty();
      System.out.println(writers + "; " + oracle + "; " + outcomes);
    }
  }

  private static void prepare(SandboxRegion region, Build build) {
    for (AgentServer agent : region.agents()) {
      build.give(agent.process());
      try {
        String yaml = Files.readString(agent.configuration());
        String shop = "shop: {tables: \"shop.*\"";
        assertThat(yaml).contains(shop);
        Files.writeString(
            agent.configuration(),
            yaml.replace(shop, shop + ", on-failure: {action: retry, park-after: 2s}"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    build.give(region.cassandra().orElseThrow().capture());
  }

  /** Brings one agent of each region after the other to another build, the captures at last. */
  private void roll(Build to) throws InterruptedException {
    for (int agent = 0; agent < AGENTS; agent++) {
      List<ServerProcess> processes = new ArrayList<>();
      for (String region : ChaosRegions.NAMES) {
        processes.add(agent(region, agent));
        if (agent == AGENTS - 1) {
          processes.add(region(region).cassandra().orElseThrow().capture());
        }
      }
      change(processes, to);
      awaitWork();
      late.write();
      awaitParked();
      for (String region : ChaosRegions.NAMES) {
        for (AgentServer one : region(region).agents()) {
          awaitApplied(region, one, TOGETHER);
        }
      }
    }
  }

  /**
   * Kills a process of the previous build beside a new one, a new one while it starts, and one of
   * the previous build that comes back as a new one; leaves both builds at work.
   */
  private void killInTheMiddle(Build previous, Build current) throws InterruptedException {
    ServerProcess starting = agent(WEST, 0);
    change(List.of(agent(EAST, 0)), current);
    agent(EAST, 1).kill();
    start(List.of(agent(EAST, 1)), previous);

    stop(List.of(starting));
    current.give(starting);
    starting.start();
    // A chance moment between its first steps and its first changes, by what the other one does.
    awaitApplied(WEST, region(WEST).agents().get(1), ThreadLocalRandom.current().nextInt(10, 100));
    starting.kill();
    start(List.of(starting), previous);
    agent(WEST, 1).kill();
    start(List.of(agent(WEST, 1)), current);
    awaitWork();
  }

  private SandboxRegion region(String name) {
    return regions.regions().region(name);
  }

  private ServerProcess agent(String region, int number) {
    return region(region).agents().get(number).process();
  }

  private static void change(List<ServerProcess> processes, Build to) throws InterruptedException {
    stop(processes);
    start(processes, to);
  }

  /** Ends processes as an operator does, however long that takes them here. */
  private static void stop(List<ServerProcess> processes) throws InterruptedException {
    List<ProcessHandle> running = new ArrayList<>();
    for (ServerProcess process : processes) {
      running.add(ProcessHandle.of(process.pid()).orElseThrow());
    }
    running.forEach(ProcessHandle::destroy);
    for (ProcessHandle process : running) {
      try {
        process.onExit().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      } catch (ExecutionException | TimeoutException e) {
        throw new AssertionError(process.info() + " does not end", e);
      }
    }
  }

  private static void start(List<ServerProcess> processes, Build build)
      throws InterruptedException {
    for (ServerProcess process : processes) {
      build.give(process);
      process.start();
    }
    for (ServerProcess process : processes) {
      process.awaitReady(START);
      build.assertRunBy(process);
      System.out.printf("%s %s: %s build%n", Instant.now(), process.log(), build.name());
    }
  }

  /** Waits until both agents of each region have a share of every store, and hear of the others. */
  private void awaitWork() {
    for (String region : ChaosRegions.NAMES) {
      String origin = region.equals(EAST) ? WEST : EAST;
      for (AgentServer agent : region(region).agents()) {
        for (String store : STORES) {
          await()
              .atMost(PATIENCE)
              .pollInterval(Duration.ofMillis(500))
              .untilAsserted(
                  () ->
                      assertThat(regions.regions().flow(agent, store, origin))
                          .as("%s %s of %s", region, agent.process().name(), store)
                          .hasValueSatisfying(UpgradeSlow::assertWorks));
        }
      }
    }
  }

  /** Waits until an agent has applied so many changes more. */
  private void awaitApplied(String region, AgentServer agent, int more) {
    long before = applied(region, agent);
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .untilAsserted(
            () ->
                assertThat(applied(region, agent) - before)
                    .as("%s %s applied", region, agent.process().name())
                    .isGreaterThanOrEqualTo(more));
  }

  private long applied(String region, AgentServer agent) {
    String origin = region.equals(EAST) ? WEST : EAST;
    return STORES.stream()
        .flatMap(store -> regions.regions().flow(agent, store, origin).stream())
        .mapToLong(flow -> flow.number("Applied"))
        .sum();
  }

  private static void assertWorks(Bean flow) {
    assertThat(flow.number("Partitions")).as("partitions").isPositive();
    assertThat(flow.number("LagMillis")).as("lag").isNotNegative();
    assertThat(flow.text("State"))
        .as(flow.text("Reason"))
        .isIn("RUNNING", flow.key("resource").equals("shop") ? "WAITING_FOR_SCHEMA" : "RUNNING");
  }

  /** Waits until all rows that the other region cannot hold are parked there. */
  private void awaitParked() {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(
            () ->
                assertThat(region(WEST).agents().stream().mapToLong(agent -> parked(agent)).sum())
                    .as("parked changes")
                    .isEqualTo(late.written()));
  }

  private long parked(AgentServer agent) {
    return regions
        .regions()
        .flow(agent, "shop", EAST)
        .map(flow -> flow.number("Parked"))
        .orElse(0L);
  }

  private List<String> gaps() {
    List<String> gaps = new ArrayList<>();
    for (String region : ChaosRegions.NAMES) {
      for (AgentServer agent : region(region).agents()) {
        if (regions.regions().status(agent) instanceof AgentStatus.Answered answered) {
          answered.flows().stream()
              .filter(flow -> flow.number("Missing") > 0 || flow.number("Lost") > 0)
              .forEach(flow -> gaps.add(region + " " + flow.name()));
        } else {
          gaps.add(region + " " + agent.process().name() + " does not answer");
        }
      }
    }
    return gaps;
  }
}
