package io.replicator.it;

import io.replicator.deploy.process.Server;
import io.replicator.deploy.sandbox.LinkProxy;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Chaos has a plan's faults happen to regions, and brings back what ends by itself meanwhile, as a
 * supervisor would.
 */
final class Chaos {
  private static final Duration TICK = Duration.ofMillis(100);
  private static final Duration SUPERVISION = Duration.ofSeconds(2);
  private static final Duration START = Duration.ofMinutes(2);
  private static final Duration SLOWNESS = Duration.ofMillis(150);

  /** A time at which a region's process was killed, in milliseconds. */
  record Kill(String region, String whom, long millis) {}

  private record Step(Duration at, boolean begin, Fault fault) {}

  private final ChaosRegions regions;
  private final List<Fault> present = new ArrayList<>();
  private final List<Kill> kills = new ArrayList<>();
  private final List<String> ended = new ArrayList<>();

  private int faults;
  private long looked = System.nanoTime();

  Chaos(ChaosRegions regions) {
    this.regions = regions;
  }

  /** Has all faults of a plan happen; returns when the last is mended. */
  void run(ChaosPlan plan) throws IOException, InterruptedException {
    List<Step> steps = new ArrayList<>();
    for (Fault fault : plan.faults()) {
      steps.add(new Step(fault.at(), true, fault));
      steps.add(new Step(fault.end(), false, fault));
    }
    steps.sort(Comparator.comparing(Step::at));
    long begin = System.nanoTime();
    for (Step step : steps) {
      long due = begin + step.at().toNanos();
      while (System.nanoTime() < due) {
        LockSupport.parkNanos(Math.min(due - System.nanoTime(), TICK.toNanos()));
        disturb();
        supervise();
      }
      if (step.begin()) {
        present.add(step.fault());
        faults++;
        begin(step.fault());
      } else {
        present.remove(step.fault());
        end(step.fault());
      }
    }
  }

  /** Waits until all processes do their work again. */
  void heal() throws InterruptedException {
    List<Server> all =
        ChaosRegions.NAMES.stream().flatMap(region -> regions.processes(region).stream()).toList();
    // Servers come first: an agent ends where it cannot begin.
    for (Server process : all) {
      awaitReady(process);
    }
  }

  private static void awaitReady(Server process) throws InterruptedException {
    for (int tries = 3; ; tries--) {
      if (!process.isAlive()) {
        process.start();
      }
      try {
        process.awaitReady(START);
        return;
      } catch (IllegalStateException e) {
        if (tries == 1) {
          throw e;
        }
      }
    }
  }

  /** Returns how many faults have happened. */
  int faults() {
    return faults;
  }

  /** Returns when what was killed. */
  List<Kill> kills() {
    return Collections.unmodifiableList(kills);
  }

  /** Returns what ended by itself. */
  List<String> ended() {
    return Collections.unmodifiableList(ended);
  }

  private void begin(Fault fault) throws IOException, InterruptedException {
    switch (fault.kind()) {
      case KILL -> {
        process(fault).kill();
        kills.add(new Kill(fault.region(), fault.whom(), System.currentTimeMillis()));
      }
      case PAUSE -> signal("-STOP", process(fault));
      case CUT -> networks(fault).forEach(LinkProxy::cut);
      case STALL -> networks(fault).forEach(LinkProxy::stall);
      case SLOW -> networks(fault).forEach(network -> network.slow(SLOWNESS));
      case RESET -> networks(fault).forEach(LinkProxy::reset);
      case ERRORS -> regions.fail(fault.region(), fault.whom());
    }
  }

  private void end(Fault fault) throws IOException, InterruptedException {
    switch (fault.kind()) {
      case KILL -> process(fault).start();
      case PAUSE -> signal("-CONT", process(fault));
      case CUT, STALL, SLOW, RESET -> networks(fault).forEach(LinkProxy::heal);
      case ERRORS -> regions.mend(fault.region(), fault.whom());
    }
  }

  private void disturb() {
    present.stream()
        .filter(fault -> fault.kind() == Fault.Kind.RESET)
        .forEach(fault -> networks(fault).forEach(LinkProxy::reset));
  }

  private void supervise() {
    if (System.nanoTime() - looked < SUPERVISION.toNanos()) {
      return;
    }
    looked = System.nanoTime();
    for (String region : ChaosRegions.NAMES) {
      for (Server process : regions.processes(region)) {
        if (!process.isAlive() && hurts(region, process).findAny().isEmpty()) {
          ended.add(process.name() + " in " + region);
          process.start();
        }
      }
    }
  }

  private Stream<Fault> hurts(String region, Server process) {
    return present.stream()
        .filter(fault -> fault.region().equals(region) && fault.whom().equals(process.name()));
  }

  private Server process(Fault fault) {
    return regions.process(fault.region(), fault.whom());
  }

  private List<LinkProxy> networks(Fault fault) {
    return regions.networks(fault.region(), fault.whom());
  }

  private static void signal(String signal, Server process)
      throws IOException, InterruptedException {
    long pid = process.pid();
    // One that is down has -1, which is everybody.
    if (pid > 0) {
      new ProcessBuilder("kill", signal, Long.toString(pid)).start().waitFor();
    }
  }
}
