package io.replicator.deploy;

import io.replicator.deploy.status.AgentConnection;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code replicator resume}: lets a flow go on that was held. */
@Command(
    name = "resume",
    description = {
      "Lets a flow go on that was paused, in the regions of the agents that are named; without"
          + " --jmx, in all regions of the sandbox that runs here. One agent of a region is enough:"
          + " all of the region obey.",
      "Exit code 1 if one of those named, or its region, did not obey."
    },
    mixinStandardHelpOptions = true)
final class ResumeCommand implements Callable<Integer> {
  @Mixin private FlowOrder order;

  @Override
  public Integer call() {
    return order.give(AgentConnection::resume);
  }
}
