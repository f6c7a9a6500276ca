package io.replicator.deploy;

import io.replicator.agent.Agent;
import io.replicator.config.AgentConfig;
import io.replicator.deploy.process.Supervised;
import io.replicator.spi.ReplicationException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code replicator agent}: runs a region's agent until SIGTERM. */
@Command(
    name = "agent",
    description = {
      "Runs an agent of one region until SIGTERM or Ctrl-C.",
      "Exit code 0 when stopped, 1 if it refuses to start, 2 for a wrong configuration."
    },
    mixinStandardHelpOptions = true)
final class AgentCommand implements Callable<Integer> {
  private static final long STARTING_PATIENCE_SECONDS = 5;

  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "The agent's configuration, in YAML.")
  private Path file;

  private final CompletableFuture<Agent> started = new CompletableFuture<>();

  @Override
  public Integer call() throws InterruptedException {
    Supervised.begin();
    AgentConfig config = ConfigFile.read(file);
    Thread hook = new Thread(this::stopOnSignal, "agent-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      started.complete(Agent.start(config));
    } catch (ReplicationException e) {
      started.completeExceptionally(e);
      throw CommandFailure.refused(
          e.hint().isEmpty() ? e.getMessage() : e.getMessage() + "\n  what mends it: " + e.hint(),
          e);
    } catch (KafkaException e) {
      started.completeExceptionally(e);
      throw CommandFailure.refused("the agent cannot start: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      started.completeExceptionally(e);
      throw e;
    }
    Supervised.ready();
    Thread.currentThread().join();
    return 0;
  }

  /** Being told to stop is no failure: the agent is closed, and the exit code is 0. */
  private void stopOnSignal() {
    try {
      started.get(STARTING_PATIENCE_SECONDS, TimeUnit.SECONDS).close();
    } catch (ExecutionException e) {
      return; // it never started: the exit code is already on its way
    } catch (TimeoutException e) {
      // Still starting. Nothing of the kind is lost: whatever was not acknowledged comes again.
      Runtime.getRuntime().halt(0);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(0);
  }
}
