package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.deploy.sandbox.SandboxStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * How far what a flow's bean says of lag, replicated-up-to and pending changes is from what a probe
 * knows that looks at both ends: idle, under load, with a target that refuses, with the link cut,
 * and while it catches up.
 */
class LagBench {
  private static final Duration PHASE =
      Duration.ofSeconds(Integer.getInteger("replicator.bench.phase-seconds", 30));
  private static final int RATE = Integer.getInteger("replicator.bench.rate", 200);
  private static final Duration LOOK = Duration.ofMillis(250);
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static TroubledRegions regions;

  private final List<LagProbe.Sample> samples = new ArrayList<>();

  @BeforeAll
  static void start() {
    regions = new TroubledRegions(Set.of(SandboxStore.SQS));
  }

  @AfterAll
  static void stop() {
    regions.close();
  }

  @Test
  void lagAgainstAProbe() throws Exception {
    try (LagProbe probe = new LagProbe(regions.both(), TroubledRegions.RESOURCE)) {
      await()
          .atMost(PATIENCE)
          .until(
              () -> probe.arrived() > 5 * LagProbe.RATE && regions.flow().number("LagMillis") >= 0);
      look("idle", probe, null, during(PHASE));
      disturb(probe);
      report(probe);
    }
  }

  private void disturb(LagProbe probe) throws Exception {
    try (Load load = regions.load("load", RATE)) {
      look("load", probe, load, during(PHASE));
      regions.fail();
      look("target refuses", probe, load, during(PHASE));
      regions.heal(false);
      look("recovers from that", probe, load, untilDrained(probe, load));
      regions.both().cut();
      look("link cut", probe, load, during(PHASE));
      regions.both().heal();
      look("recovers from that, too", probe, load, untilDrained(probe, load));
      look("load again", probe, load, during(PHASE.dividedBy(3)));
      load.stop();
      probe.rest();
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(probe.missing()).isEmpty();
                assertThat(load.sent()).allMatch(probe::has);
              });
      probe.learn(load);
    }
  }

  private static BooleanSupplier during(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    return () -> System.nanoTime() < end;
  }

  private static BooleanSupplier untilDrained(LagProbe probe, Load load) {
    BooleanSupplier patience = during(PATIENCE);
    BooleanSupplier least = during(Duration.ofSeconds(10));
    return () ->
        patience.getAsBoolean()
            && (least.getAsBoolean() || probe.written() + load.count() - probe.arrived() > RATE);
  }

  private void look(String phase, LagProbe probe, Load load, BooleanSupplier goesOn) {
    while (goesOn.getAsBoolean()) {
      long written = probe.written() + (load == null ? 0L : load.count());
      regions
          .both()
          .flow(TwoRegions.WEST, TroubledRegions.RESOURCE, EAST)
          .ifPresent(flow -> samples.add(LagProbe.Sample.of(phase, flow, written)));
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  private void report(LagProbe probe) {
    Map<String, List<LagProbe.Sample>> phases =
        samples.stream()
            .collect(
                Collectors.groupingBy(
                    LagProbe.Sample::phase, LinkedHashMap::new, Collectors.toList()));
    phases.forEach((phase, its) -> report(phase, its, probe));
    List<String> passed =
        samples.stream()
            .filter(sample -> !sample.upTo().isEmpty())
            .flatMap(
                sample -> probe.passedOver(Instant.parse(sample.upTo()), sample.millis()).stream())
            .toList();
    System.out.printf(
        "BENCH lag: %d looks at replicated-up-to, %d changes passed that were not applied%n",
        samples.size(), passed.size());
    assertThat(passed).isEmpty();
  }

  private static void report(String phase, List<LagProbe.Sample> samples, LagProbe probe) {
    LagProbe.Sample worstLag = null;
    LagProbe.Sample worstPending = null;
    for (LagProbe.Sample sample : samples) {
      if (sample.lag() >= 0
          && (worstLag == null || lagError(sample, probe) > lagError(worstLag, probe))) {
        worstLag = sample;
      }
      if (sample.pending() >= 0
          && (worstPending == null
              || pendingError(sample, probe) > pendingError(worstPending, probe))) {
        worstPending = sample;
      }
    }
    assertThat(worstLag).as("a lag while: " + phase).isNotNull();
    System.out.printf(
        "BENCH lag, %s: %d looks, largest error %.1f s (bean %.1f s, probe %.1f s), no figure was"
            + " older than %.1f s; %s%n",
        phase,
        samples.size(),
        lagError(worstLag, probe) / 1e3,
        worstLag.lag() / 1e3,
        probe.lagAt(worstLag.millis()) / 1e3,
        samples.stream()
                .filter(sample -> sample.lag() >= 0)
                .mapToLong(sample -> age(sample, probe))
                .max()
                .orElseThrow()
            / 1e3,
        pending(worstPending, samples, probe));
  }

  private static String pending(
      LagProbe.Sample worst, List<LagProbe.Sample> samples, LagProbe probe) {
    long unknown = samples.stream().filter(sample -> sample.pending() < 0).count();
    if (worst == null) {
      return "pending is not known";
    }
    long error = pendingError(worst, probe);
    return "pending: largest error %d changes, %.1f s of the load (bean %d, probe %d), %d times not known"
        .formatted(
            error,
            (double) error / (RATE + LagProbe.RATE),
            worst.pending(),
            truth(worst, probe),
            unknown);
  }

  private static long lagError(LagProbe.Sample sample, LagProbe probe) {
    return Math.abs(sample.lag() - probe.lagAt(sample.millis()));
  }

  /**
   * Returns how long ago, in milliseconds, the probe last knew what the bean says, to two seconds
   * or one per cent: while a backlog drains, the lag falls by many seconds in one.
   */
  private static long age(LagProbe.Sample sample, LagProbe probe) {
    long allowed = Math.max(2_000, sample.lag() / 100);
    long age = 0;
    while (Math.abs(sample.lag() - probe.lagAt(sample.millis() - age)) > allowed
        && age < PATIENCE.toMillis()) {
      age += 100;
    }
    return age;
  }

  private static long pendingError(LagProbe.Sample sample, LagProbe probe) {
    return Math.abs(sample.pending() - truth(sample, probe));
  }

  private static long truth(LagProbe.Sample sample, LagProbe probe) {
    return Math.max(0, sample.written() - probe.arrivedBy(sample.millis()));
  }
}
