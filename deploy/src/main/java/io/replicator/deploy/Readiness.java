package io.replicator.deploy;

import io.replicator.deploy.sandbox.Sandbox;
import io.replicator.deploy.sandbox.SandboxRegion;
import io.replicator.deploy.status.AgentStatus;
import io.replicator.deploy.status.AgentWatch;
import io.replicator.deploy.status.Bean;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits until a sandbox not only runs but replicates: all its flows and mirrors are RUNNING. */
final class Readiness {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private record Watched(SandboxRegion region, AgentWatch watch) {}

  private final Sandbox sandbox;
  private final CountDownLatch stop;

  /**
   * @param stop ends the waiting early
   */
  Readiness(Sandbox sandbox, CountDownLatch stop) {
    this.sandbox = sandbox;
    this.stop = stop;
  }

  /**
   * Waits.
   *
   * @throws IllegalStateException if it takes longer than a minute; says what is missing
   */
  void await() {
    List<Watched> watches =
        sandbox.regions().stream()
            .flatMap(
                region ->
                    region.agents().stream()
                        .map(agent -> new Watched(region, new AgentWatch(agent.jmxUrl()))))
            .toList();
    long end = System.nanoTime() + PATIENCE.toNanos();
    try {
      Optional<String> missing = missing(watches);
      while (missing.isPresent()) {
        if (System.nanoTime() > end) {
          throw new IllegalStateException(missing.get());
        }
        if (stop.await(100, TimeUnit.MILLISECONDS)) {
          return;
        }
        missing = missing(watches);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } finally {
      watches.forEach(one -> one.watch().close());
    }
  }

  private Optional<String> missing(List<Watched> watches) {
    for (Watched one : watches) {
      SandboxRegion region = one.region();
      AgentStatus status = one.watch().last();
      if (status instanceof AgentStatus.Silent silent) {
        return Optional.of("the agent of " + region.name() + ": " + silent.reason());
      }
      if (status instanceof AgentStatus.Answered answered) {
        Optional<String> missing = missing(region, answered);
        if (missing.isPresent()) {
          return missing;
        }
      }
    }
    return Optional.empty();
  }

  private Optional<String> missing(SandboxRegion region, AgentStatus.Answered agent) {
    int flows = sandbox.flows();
    if (agent.flows().size() < flows) {
      return Optional.of(
          "the agent of %s has %d of %d flows"
              .formatted(region.name(), agent.flows().size(), flows));
    }
    for (Bean flow : agent.flows()) {
      if (!flow.text("State").equals("RUNNING")) {
        return Optional.of(described(region, flow));
      }
    }
    for (Bean mirror : agent.mirrors()) {
      if (!mirror.text("State").equals("RUNNING") || mirror.text("LastHeartbeat").isEmpty()) {
        return Optional.of(described(region, mirror));
      }
    }
    return Optional.empty();
  }

  private static String described(SandboxRegion region, Bean bean) {
    return "%s in %s is %s: %s; %s"
        .formatted(
            bean.name(), region.name(), bean.text("State"), bean.text("Reason"), bean.text("Hint"));
  }
}
