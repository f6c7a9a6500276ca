package io.replicator.deploy;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code replicator sandbox cut [REGION]}: loses the network between the regions. */
@Command(
    name = "cut",
    description =
        "Loses the network between a running sandbox's regions, or between one and the others: no"
            + " byte passes.",
    mixinStandardHelpOptions = true)
final class SandboxCutCommand implements Callable<Integer> {
  @Mixin private RunningSandboxOption sandbox;

  @Parameters(
      arity = "0..1",
      paramLabel = "REGION",
      description = "Which one is cut off; all if not said.")
  private String region;

  @Override
  public Integer call() {
    return sandbox.order("cut", region);
  }
}
