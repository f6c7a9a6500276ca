package io.replicator.deploy;

import io.replicator.deploy.status.AgentConnection;
import io.replicator.model.Flow;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code replicator throttle}: keeps a flow to a rate, or takes that back. */
@Command(
    name = "throttle",
    description = {
      "Keeps a flow to so many changes or bytes a second in each agent that applies it, from now on"
          + " and over restarts; without --jmx, by the sandbox that runs here. One agent of a"
          + " region is enough: all of the region obey.",
      "A limit that is not given stays as it is; without any, it tells the present ones.",
      "Exit code 1 if one of those named, or its region, did not obey."
    },
    mixinStandardHelpOptions = true)
final class ThrottleCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private FlowOrder order;

  @Option(
      names = "--changes",
      paramLabel = "N",
      description = "The most changes a second; 0 for no limit.")
  private Long changes;

  @Option(
      names = "--bytes",
      paramLabel = "N",
      description = "The most bytes a second; 0 for no limit.")
  private Long bytes;

  @Option(names = "--configured", description = "Go back to what the configuration says.")
  private boolean configured;

  @Override
  public Integer call() {
    refuseNegative("--changes", changes);
    refuseNegative("--bytes", bytes);
    if (configured && (changes != null || bytes != null)) {
      throw new ParameterException(
          spec.commandLine(), "--configured is instead of limits: leave out --changes and --bytes");
    }
    return order.give(this::ask, AskedAgents::applyingByRegion);
  }

  private void refuseNegative(String option, Long value) {
    if (value != null && value < 0) {
      throw new ParameterException(
          spec.commandLine(), option + ": " + value + " is less than 0, which is no limit");
    }
  }

  private Optional<String> ask(AgentConnection agent, Flow wanted) {
    if (configured) {
      return agent.unthrottle(wanted);
    }
    return changes == null && bytes == null
        ? agent.throttleState(wanted)
        : agent.throttle(wanted, Optional.ofNullable(changes), Optional.ofNullable(bytes));
  }
}
