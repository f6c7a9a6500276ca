package io.replicator.deploy;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code replicator dead-letters}: what became of changes that could not be applied. */
@Command(
    name = "dead-letters",
    description = {
      "Shows the changes that a region has set aside, gives them back to their flows, or drops"
          + " them. Speaks to the region's Kafka alone: no agent has to run.",
      "Exit code 0 if all was done, 1 if something refused, 2 for wrong usage or configuration."
    },
    mixinStandardHelpOptions = true,
    subcommands = {
      DeadLettersListCommand.class,
      DeadLettersShowCommand.class,
      DeadLettersReplayCommand.class,
      DeadLettersDropCommand.class
    })
final class DeadLettersCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "list, show, replay or drop?");
  }
}
