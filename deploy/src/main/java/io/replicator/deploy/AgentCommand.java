package io.replicator.deploy;

import io.replicator.agent.Agent;
import io.replicator.config.AgentConfig;
import io.replicator.deploy.process.HangUp;
import io.replicator.deploy.process.Supervised;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code replicator agent}: runs a region's agent until SIGTERM. */
@Command(
    name = "agent",
    description = {
      "Runs an agent of one region until SIGTERM or Ctrl-C. SIGHUP has it read FILE again.",
      "Exit code 0 when stopped, 1 if it refuses to start, 2 for a wrong configuration."
    },
    mixinStandardHelpOptions = true)
final class AgentCommand implements Callable<Integer> {
  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "The agent's configuration, in YAML.")
  private Path file;

  @Override
  public Integer call() throws InterruptedException {
    Supervised.begin();
    AgentConfig config = ConfigFile.read(file);
    UntilStopped<Agent> agent = new UntilStopped<>("agent");
    HangUp.handle(() -> agent.onceStarted(Agent::reload));
    return agent.run(() -> Agent.start(config, ConfigFile.again(file)));
  }
}
