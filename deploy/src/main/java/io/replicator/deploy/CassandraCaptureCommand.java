package io.replicator.deploy;

import io.replicator.agent.CaptureProcess;
import io.replicator.cassandra.CassandraConnector;
import io.replicator.config.AgentConfig;
import io.replicator.deploy.process.HangUp;
import io.replicator.deploy.process.Supervised;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code replicator cassandra-capture}: captures one Cassandra node, beside it, until SIGTERM. */
@Command(
    name = "cassandra-capture",
    description = {
      "Captures what is written to the Cassandra node on this machine until SIGTERM or Ctrl-C. One"
          + " beside each node; a second one refuses to start.",
      "Exit code 0 when stopped, 1 if it refuses to start, 2 for a wrong configuration."
    },
    mixinStandardHelpOptions = true)
final class CassandraCaptureCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(CassandraCaptureCommand.class);

  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "The agents' configuration, in YAML.")
  private Path file;

  @Option(
      names = "--jmx-port",
      paramLabel = "PORT",
      description =
          "Where its beans are reached, instead of jmx.port, which an agent with the same file"
              + " takes; 0 for nowhere.")
  private Integer jmxPort;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    if (jmxPort != null && (jmxPort < 0 || jmxPort > 65_535)) {
      throw new ParameterException(
          spec.commandLine(), "--jmx-port: '" + jmxPort + "': must be from 0 to 65535");
    }
    Supervised.begin();
    AgentConfig read = ConfigFile.read(file);
    AgentConfig config = jmxPort == null ? read : read.with(read.jmx().onPort(jmxPort));
    HangUp.handle(() -> LOG.info("SIGHUP: a capture has nothing to reload; restart it"));
    return new UntilStopped<CaptureProcess>("cassandra-capture")
        .run(() -> CaptureProcess.start(config, CassandraConnector.STORE));
  }
}
