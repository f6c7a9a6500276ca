package io.replicator.deploy;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code replicator sandbox cut}: loses the network between the regions. */
@Command(
    name = "cut",
    description = "Loses the network between a running sandbox's regions: no byte passes.",
    mixinStandardHelpOptions = true)
final class SandboxCutCommand implements Callable<Integer> {
  @Mixin private RunningSandboxOption sandbox;

  @Override
  public Integer call() {
    return sandbox.order("cut");
  }
}
