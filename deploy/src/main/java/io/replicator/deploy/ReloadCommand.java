package io.replicator.deploy;

import io.replicator.deploy.status.AgentStatus;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code replicator reload}: has agents read their configuration again. */
@Command(
    name = "reload",
    description = {
      "Has agents read their configuration again, each its own file; without --jmx, those of the"
          + " sandbox that runs here.",
      "Exit code 1 if one refuses, cannot do all of it, or does not answer: it says what was changed"
          + " and why the rest was not."
    },
    mixinStandardHelpOptions = true)
final class ReloadCommand implements Callable<Integer> {
  @Mixin private AgentJmx jmx;

  @Override
  public Integer call() {
    int code = 0;
    try (AskedAgents agents = AskedAgents.of(jmx.connections())) {
      for (AskedAgents.Asked one : agents.all()) {
        // Of a sandbox the agents are meant: what else runs there has nothing to reload.
        if (jmx.isNamed() || one.isAgent() || one.status() instanceof AgentStatus.Silent) {
          code = Math.max(code, reload(one));
        }
      }
    }
    return code;
  }

  private static int reload(AskedAgents.Asked one) {
    try {
      System.out.println(one.name() + ": " + one.connection().reload());
      return 0;
    } catch (IllegalStateException e) {
      System.err.println("replicator: " + one.name() + ": " + e.getMessage());
      return 1;
    }
  }
}
