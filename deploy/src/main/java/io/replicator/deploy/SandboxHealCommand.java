package io.replicator.deploy;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code replicator sandbox heal}: brings the network back. */
@Command(
    name = "heal",
    description = "Brings a running sandbox's network back, at full speed.",
    mixinStandardHelpOptions = true)
final class SandboxHealCommand implements Callable<Integer> {
  @Mixin private RunningSandboxOption sandbox;

  @Override
  public Integer call() {
    return sandbox.order("heal");
  }
}
