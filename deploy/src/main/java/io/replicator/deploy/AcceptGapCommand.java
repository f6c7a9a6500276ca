package io.replicator.deploy;

import io.replicator.deploy.status.AgentConnection;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code replicator accept-gap}: takes what is missing of a flow as lost. */
@Command(
    name = "accept-gap",
    description = {
      "Takes what a flow is known to miss as lost, so that it is DEGRADED no more, in the regions of"
          + " the agents that are named; without --jmx, in all regions of the sandbox that runs here."
          + " To be called once it was sent again (replicator backfill), or is not wanted.",
      "It tells what the one that took the order said just before; the log of each agent has what it"
          + " took as lost. One agent of a region that knows of a gap is enough: all of the region"
          + " obey. Those that are RUNNING know of none, and are passed over. What a capture of"
          + " Cassandra could not read is accepted by that one alone, as far as status or the log"
          + " has shown it before: name each that shows something.",
      "Exit code 1 if one of those named, or its region, did not obey, or if none knows of a gap."
    },
    mixinStandardHelpOptions = true)
final class AcceptGapCommand implements Callable<Integer> {
  @Mixin private FlowOrder order;

  @Override
  public Integer call() {
    return order.give(AgentConnection::acceptGap, AskedAgents::missingByRegion);
  }
}
