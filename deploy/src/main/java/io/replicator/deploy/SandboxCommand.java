package io.replicator.deploy;

import io.replicator.deploy.sandbox.Preflight;
import io.replicator.deploy.sandbox.QueueServer;
import io.replicator.deploy.sandbox.SandboxFolder;
import io.replicator.deploy.sandbox.SandboxLayout;
import io.replicator.deploy.sandbox.SandboxStore;
import io.replicator.deploy.view.Screen;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code replicator sandbox}: regions on this machine, to try and to test with. */
@Command(
    name = "sandbox",
    description = {
      "Runs two or three regions on this machine that replicate to each other, with a"
          + " demonstration, until Ctrl-C.",
      "Exit code 0 if everything of the demonstration arrived whole, 1 if not."
    },
    mixinStandardHelpOptions = true,
    subcommands = {
      SandboxCutCommand.class,
      SandboxHealCommand.class,
      SandboxSlowCommand.class,
      SandboxSendCommand.class,
      SandboxReceiveCommand.class,
      SandboxPutCommand.class,
      SandboxGetCommand.class,
      SandboxRmCommand.class,
      SandboxLsCommand.class,
      SandboxCqlCommand.class
    })
final class SandboxCommand implements Callable<Integer> {
  private static final List<String> REGIONS = List.of("us-east-1", "us-west-2", "eu-west-1");
  private static final int MOST_AGENTS = 3;

  @Spec private CommandSpec spec;

  @Option(
      names = "--for",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      description = "End after so long, as in 90s or 5m.")
  private Duration time;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Keep configurations, logs and data here. Otherwise they go with the sandbox.")
  private Path folder;

  @Option(names = "--quiet", description = "Print the essential lines only.")
  private boolean quiet;

  @Option(
      names = "--regions",
      paramLabel = "NUMBER",
      defaultValue = "2",
      description = "How many regions, 2 or 3; ${DEFAULT-VALUE} if not said.")
  private int number;

  @Option(
      names = "--agents",
      paramLabel = "NUMBER",
      defaultValue = "1",
      description = "How many agents each region has, 1 to 3; ${DEFAULT-VALUE} if not said.")
  private int agents;

  @Option(
      names = "--stores",
      paramLabel = "LIST",
      split = ",",
      description = "The stores to run, of sqs, s3 and cassandra; all if not said.")
  private List<String> stores = SandboxStore.ids();

  @Option(
      names = "--no-restart",
      description = "Leave a process that ended as it is, rather than start it again.")
  private boolean noRestart;

  @Override
  public Integer call() {
    Set<SandboxStore> chosen = EnumSet.noneOf(SandboxStore.class);
    for (String store : stores) {
      chosen.add(
          SandboxStore.of(store)
              .orElseThrow(
                  () ->
                      new ParameterException(
                          spec.commandLine(),
                          "--stores: '%s' is no store of the sandbox: it has %s"
                              .formatted(store, String.join(", ", SandboxStore.ids())))));
    }
    if (number < 2 || number > REGIONS.size()) {
      throw new ParameterException(
          spec.commandLine(),
          "--regions: '%d' must be 2 or %d: the sandbox knows %s"
              .formatted(number, REGIONS.size(), String.join(", ", REGIONS)));
    }
    if (agents < 1 || agents > MOST_AGENTS) {
      throw new ParameterException(
          spec.commandLine(), "--agents: '%d' must be 1 to %d".formatted(agents, MOST_AGENTS));
    }
    SandboxLayout layout =
        SandboxLayout.of(REGIONS.subList(0, number), QueueServer.Storage.DISK)
            .withStores(chosen)
            .withAgents(agents);
    SandboxFolder prepared = SandboxFolder.prepare(Optional.ofNullable(folder), layout.regions());
    List<String> problems = Preflight.of(prepared.path(), layout).problems();
    if (!problems.isEmpty()) {
      throw CommandFailure.refused(
          "the sandbox cannot run here:\n  " + String.join("\n  ", problems));
    }
    Screen screen = new Screen(System.out, Boolean.getBoolean("replicator.terminal"), quiet);
    return new SandboxSession(prepared, layout, !noRestart, screen).run(Optional.ofNullable(time));
  }
}
