package io.replicator.deploy;

import io.replicator.deploy.status.AgentConnection;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code replicator pause}: holds a flow. */
@Command(
    name = "pause",
    description = {
      "Holds a flow in the regions of the agents that are named, until resume and over restarts:"
          + " nothing of it is captured or applied there, and nothing is lost while retentions last."
          + " Without --jmx, in all regions of the sandbox that runs here.",
      "One agent of a region is enough: all of the region obey. A flow of Cassandra is held in its"
          + " origin region by one of the captures there.",
      "Exit code 1 if one of those named, or its region, did not obey."
    },
    mixinStandardHelpOptions = true)
final class PauseCommand implements Callable<Integer> {
  @Mixin private FlowOrder order;

  @Override
  public Integer call() {
    return order.give(AgentConnection::pause);
  }
}
