package io.replicator.deploy.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SupervisedTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir private Path folder;

  /** Is ready at once and then idle, unless told to fail. */
  static final class Idle {
    private Idle() {}

    public static void main(String[] arguments) throws InterruptedException {
      Supervised.begin();
      if (arguments.length > 0) {
        System.err.println(arguments[0]);
        System.exit(3);
      }
      Supervised.ready();
      Thread.currentThread().join();
    }
  }

  /** Starts an idle process in the folder given, and then waits to be killed. */
  static final class Supervisor {
    private Supervisor() {}

    public static void main(String[] arguments) throws InterruptedException {
      ServerProcess process = idle(Path.of(arguments[0]));
      process.start();
      process.awaitReady(PATIENCE);
      Thread.currentThread().join();
    }
  }

  @Test
  void aProcessIsStoppedKilledAndStartedAgainInItsPlace() throws Exception {
    try (ServerProcess process = idle(folder)) {
      assertThat(process.isAlive()).isFalse();
      process.start();
      process.awaitReady(PATIENCE);
      long first = process.pid();
      process.kill();
      assertThat(process.isAlive()).isFalse();
      assertThat(process.pid()).isEqualTo(-1);

      process.start();
      process.awaitReady(PATIENCE);
      assertThat(process.pid()).isNotEqualTo(first);
      process.stop();
      assertThat(process.isAlive()).isFalse();
    }
  }

  @Test
  void aProcessThatAScriptStartedInItsPlaceIsKnownAndEnded() throws Exception {
    try (ServerProcess process = idle(folder)) {
      process.start();
      process.awaitReady(PATIENCE);
      process.kill();
      Process byScript = new ProcessBuilder(process.command()).start();
      await().atMost(PATIENCE).until(() -> process.pid() == byScript.pid());
      process.stop();
      await().atMost(PATIENCE).until(() -> !byScript.isAlive());
    }
  }

  @Test
  void aProcessThatFailsToStartIsReportedWithTheEndOfItsLog() {
    try (ServerProcess process =
        new ServerProcess(
            "idle",
            new JavaCommand(
                List.of(),
                JavaCommand.Role.PRODUCTION,
                Idle.class.getName(),
                List.of("the port is taken")),
            folder)) {
      process.start();
      assertThatThrownBy(() -> process.awaitReady(PATIENCE))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("idle ended while starting")
          .hasMessageContaining("the port is taken");
    }
  }

  @Test
  void noProcessOutlivesASupervisorThatWasKilled() throws Exception {
    JavaCommand command =
        new JavaCommand(
            List.of(),
            JavaCommand.Role.PRODUCTION,
            Supervisor.class.getName(),
            List.of(folder.toString()));
    Process supervisor = new ProcessBuilder(command.argv()).inheritIO().start();
    Path state = folder.resolve("idle.state");
    await()
        .atMost(PATIENCE)
        .until(() -> Files.exists(state) && Files.readString(state).startsWith("ready "));
    long pid = Long.parseLong(Files.readString(state).substring("ready ".length()));
    assertThat(ProcessHandle.of(pid)).isPresent();

    supervisor.destroyForcibly().waitFor();
    await().atMost(PATIENCE).until(() -> ProcessHandle.of(pid).isEmpty());
  }

  private static ServerProcess idle(Path folder) {
    return new ServerProcess(
        "idle",
        new JavaCommand(List.of(), JavaCommand.Role.PRODUCTION, Idle.class.getName(), List.of()),
        folder);
  }
}
