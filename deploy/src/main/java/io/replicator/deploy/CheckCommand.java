package io.replicator.deploy;

import io.replicator.check.Check;
import io.replicator.config.AgentConfig;
import io.replicator.spi.Finding;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code replicator check}: tells what is wrong before an agent is started. */
@Command(
    name = "check",
    description = {
      "Reads a configuration, then tries every endpoint it names, without changing anything.",
      "What cannot be found out so is said to be untried.",
      "Exit code 0 if an agent would work, 1 if not, 2 for a wrong configuration."
    },
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  private static final Map<Finding.Level, String> MARKS =
      Map.of(
          Finding.Level.OK, "ok       ",
          Finding.Level.UNTRIED, "untried  ",
          Finding.Level.WARNING, "warning  ",
          Finding.Level.ERROR, "ERROR    ");

  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "The agent's configuration, in YAML.")
  private Path file;

  private final Map<Finding.Level, Integer> counts = new EnumMap<>(Finding.Level.class);

  @Override
  public Integer call() {
    AgentConfig config = ConfigFile.read(file);
    System.out.println("ok       " + file + ": no problems");
    Check.run(config, this::print);
    int errors = counts.getOrDefault(Finding.Level.ERROR, 0);
    int warnings = counts.getOrDefault(Finding.Level.WARNING, 0);
    int untried = counts.getOrDefault(Finding.Level.UNTRIED, 0);
    System.out.printf("%d errors, %d warnings, %d untried%n", errors, warnings, untried);
    return errors == 0 ? 0 : 1;
  }

  private void print(Finding finding) {
    counts.merge(finding.level(), 1, Integer::sum);
    System.out.println(MARKS.get(finding.level()) + finding.subject() + ": " + finding.detail());
    if (!finding.mend().isEmpty()) {
      System.out.println("         what mends it: " + finding.mend());
    }
  }
}
