package io.replicator.deploy;

import io.replicator.deploy.sandbox.Preflight;
import io.replicator.deploy.sandbox.SandboxFolder;
import io.replicator.deploy.view.Screen;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code replicator sandbox}: two regions on this machine, to try and to test with. */
@Command(
    name = "sandbox",
    description = {
      "Runs two regions on this machine that replicate to each other, with a demonstration,"
          + " until Ctrl-C.",
      "Exit code 0 if every message of the demonstration arrived whole, 1 if not."
    },
    mixinStandardHelpOptions = true,
    subcommands = {
      SandboxCutCommand.class,
      SandboxHealCommand.class,
      SandboxSlowCommand.class,
      SandboxSendCommand.class,
      SandboxReceiveCommand.class
    })
final class SandboxCommand implements Callable<Integer> {
  static final List<String> REGIONS = List.of("us-east-1", "us-west-2");
  private static final List<String> STORES = List.of("sqs");

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
      names = "--stores",
      paramLabel = "LIST",
      split = ",",
      description = "The stores to run: sqs, the only one so far.")
  private List<String> stores = STORES;

  @Override
  public Integer call() {
    for (String store : stores) {
      if (!STORES.contains(store)) {
        throw new ParameterException(
            spec.commandLine(),
            "--stores: '%s' is no store of the sandbox: it has %s"
                .formatted(store, String.join(", ", STORES)));
      }
    }
    SandboxFolder prepared = SandboxFolder.prepare(Optional.ofNullable(folder), REGIONS);
    List<String> problems = new ArrayList<>(Preflight.of(prepared.path()).problems());
    if (!problems.isEmpty()) {
      throw CommandFailure.refused(
          "the sandbox cannot run here:\n  " + String.join("\n  ", problems));
    }
    Screen screen = new Screen(System.out, Boolean.getBoolean("replicator.terminal"), quiet);
    return new SandboxSession(prepared, REGIONS, screen).run(Optional.ofNullable(time));
  }
}
