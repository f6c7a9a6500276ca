package io.replicator.deploy;

import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code replicator sandbox slow 80ms [REGION]}: slows the network down. */
@Command(
    name = "slow",
    description = "Delays everything between a running sandbox's regions, each way.",
    mixinStandardHelpOptions = true)
final class SandboxSlowCommand implements Callable<Integer> {
  @Mixin private RunningSandboxOption sandbox;

  @Parameters(
      index = "0",
      paramLabel = "DELAY",
      converter = DurationConverter.class,
      description = "How long, each way, as in 80ms.")
  private Duration delay;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "REGION",
      description = "Whose network; all if not said.")
  private String region;

  @Override
  public Integer call() {
    return sandbox.order("slow " + delay.toMillis(), region);
  }
}
