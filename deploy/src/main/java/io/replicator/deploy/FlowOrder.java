package io.replicator.deploy;

import io.replicator.deploy.status.AgentConnection;
import io.replicator.model.Flow;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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

  /** Gives it, as below, once in each region of those asked that has the flow. */
  int give(BiFunction<AgentConnection, Flow, Optional<String>> order) {
    return give(order, AskedAgents::havingByRegion);
  }

  /**
   * Gives it, and tells each one's answer, and who did not obey.
   *
   * @param order returns the answer; empty if that one has the flow no more
   * @param groups returns those whom it concerns, and together those of whom one obeys for all
   * @return the exit code: 0 if each group obeys, and each that was named is of a region that does
   * @throws CommandFailure if none obeys
   */
  int give(
      BiFunction<AgentConnection, Flow, Optional<String>> order,
      BiFunction<AskedAgents, Flow, List<List<AskedAgents.Asked>>> groups) {
    Flow wanted;
    try {
      wanted = Flow.parse(flow);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "FLOW: " + e.getMessage());
    }
    List<String> refusals = new ArrayList<>();
    Set<String> obeyed = new HashSet<>();
    boolean whole = true;
    try (AskedAgents agents = AskedAgents.of(jmx.connections())) {
      for (List<AskedAgents.Asked> group : groups.apply(agents, wanted)) {
        if (give(order, wanted, group, refusals)) {
          obeyed.add(group.get(0).region());
        } else {
          whole = false;
        }
      }
      List<String> unheard = unheard(agents, wanted, obeyed);
      whole &= unheard.isEmpty();
      refusals.addAll(unheard);
    }
    if (obeyed.isEmpty()) {
      throw CommandFailure.refused(String.join("\n  ", refusals));
    }
    refusals.forEach(why -> spec.commandLine().getErr().println("replicator: " + why));
    return whole ? 0 : 1;
  }

  /** Tells of those that do not answer, and of those named whose region cannot have obeyed. */
  private List<String> unheard(AskedAgents agents, Flow wanted, Set<String> obeyed) {
    List<String> unheard = new ArrayList<>();
    agents
        .silentOnes()
        .forEach(line -> unheard.add(line + "; its region obeys only if another of it was told"));
    if (jmx.isNamed()) { // of a sandbox those are meant that have the flow
      agents.without(wanted).stream()
          .filter(one -> !obeyed.contains(one.region()))
          .forEach(
              one ->
                  unheard.add(
                      one.name() + " does not have the flow " + wanted + ": none obeys there"));
    }
    return unheard;
  }

  /** The first that can takes it, for all of its group. */
  private static boolean give(
      BiFunction<AgentConnection, Flow, Optional<String>> order,
      Flow wanted,
      List<AskedAgents.Asked> group,
      List<String> refusals) {
    for (AskedAgents.Asked one : group) {
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
