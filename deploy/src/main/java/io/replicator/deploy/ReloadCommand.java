package io.replicator.deploy;

import io.replicator.deploy.status.AgentConnection;
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
    for (AgentConnection agent : jmx.connections()) {
      try (agent) {
        System.out.println(agent.url() + ": " + agent.reload());
      } catch (IllegalStateException e) {
        System.err.println(agent.url() + ": " + e.getMessage());
        code = 1;
      }
    }
    return code;
  }
}
