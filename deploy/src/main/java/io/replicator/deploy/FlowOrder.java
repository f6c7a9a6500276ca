package io.replicator.deploy;

import io.replicator.deploy.status.AgentConnection;
import io.replicator.model.Flow;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * An order that all processes of a region obey for a flow, whichever of them is told: what commands
 * that give one have in common.
 */
final class FlowOrder {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Mixin private AgentJmx jmx;

  @Parameters(paramLabel = "FLOW", description = "As status shows it: s3/photos@us-east-1.")
  private String flow;

  /**
   * Gives it once in each region of those asked that has the flow, and tells each one's answer.
   *
   * @param order returns the answer; empty if that one has the flow no more
   * @throws CommandFailure if none obeys
   */
  int give(BiFunction<AgentConnection, Flow, Optional<String>> order) {
    Flow wanted;
    try {
      wanted = Flow.parse(flow);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "FLOW: " + e.getMessage());
    }
    List<String> refusals = new ArrayList<>();
    int obeyed = 0;
    try (AskedAgents agents = AskedAgents.of(jmx.connections())) {
      for (List<AskedAgents.Asked> region : agents.havingByRegion(wanted)) {
        obeyed += give(order, wanted, region, refusals) ? 1 : 0;
      }
    }
    if (obeyed == 0) {
      throw CommandFailure.refused(String.join("\n  ", refusals));
    }
    return 0;
  }

  /** The first that can takes it, for all of its region. */
  private static boolean give(
      BiFunction<AgentConnection, Flow, Optional<String>> order,
      Flow wanted,
      List<AskedAgents.Asked> region,
      List<String> refusals) {
    for (AskedAgents.Asked one : region) {
      try {
        Optional<String> answer = order.apply(one.connection(), wanted);
        if (answer.isPresent()) {
          System.out.println(one.name() + ": " + answer.get());
          return true;
        }
        refusals.add(one.name() + " has the flow no more");
      } catch (IllegalStateException e) {
        refusals.add(one.name() + ": " + e.getMessage());
      }
    }
    return false;
  }
}
