package io.replicator.deploy;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code replicator sandbox heal [REGION]}: brings the network back. */
@Command(
    name = "heal",
    description = "Brings a running sandbox's network back, at full speed.",
    mixinStandardHelpOptions = true)
final class SandboxHealCommand implements Callable<Integer> {
  @Mixin private RunningSandboxOption sandbox;

  @Parameters(
      arity = "0..1",
      paramLabel = "REGION",
      description = "Whose network comes back; all if not said.")
  private String region;

  @Override
  public Integer call() {
    return sandbox.order("heal", region);
  }
}
