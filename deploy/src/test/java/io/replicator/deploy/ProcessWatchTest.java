package io.replicator.deploy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.deploy.process.JavaCommand;
import io.replicator.deploy.process.Server;
import io.replicator.deploy.process.ServerProcess;
import io.replicator.deploy.process.Supervised;
import io.replicator.deploy.view.Screen;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessWatchTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String END = "end";

  @TempDir private Path folder;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private Instant now = Instant.EPOCH;
  private int changes;

  /** Is ready at once and then idle, unless a file says that it has to end. */
  static final class Idle {
    private Idle() {}

    public static void main(String[] arguments) throws InterruptedException {
      Supervised.begin();
      if (Files.exists(Path.of(arguments[0]))) {
        System.exit(3);
      }
      Supervised.ready();
      Thread.currentThread().join();
    }
  }

  private final ProcessWatch.Owner owner =
      new ProcessWatch.Owner() {
        @Override
        public void startAgain(Server process) {
          process.start();
        }

        @Override
        public void changed() {
          changes++;
        }
      };

  @Test
  void whatEndsIsNamedWithItsEndAndItsLogAndStartedAgain() throws Exception {
    try (ServerProcess process = started()) {
      ProcessWatch watch = watch(process, true);
      watch.tick();
      assertThat(lines()).isEmpty();

      long killed = process.pid();
      process.kill();
      watch.tick();
      assertThat(lines())
          .containsExactly(
              "--- us-east-1 idle (process %d) ended with exit code 137 (SIGKILL); its log is %s; it is started again in 1 s ---"
                  .formatted(killed, folder.resolve("idle.log")));
      assertThat(process.isAlive()).isFalse();

      tickUntil(watch, "us-east-1 idle is back, as process");
      assertThat(process.isReady()).isTrue();
      assertThat(changes).isGreaterThanOrEqualTo(2);
    }
  }

  @Test
  void whatEndsAgainAndAgainIsStartedLaterEachTime() throws Exception {
    try (ServerProcess process = started()) {
      ProcessWatch watch = watch(process, true);
      Files.createFile(folder.resolve(END));
      process.kill();
      tickUntil(watch, "ended with exit code 3; its log is");
      assertThat(lines().get(1)).contains("it is started again in 2 s");

      Files.delete(folder.resolve(END));
      tickUntil(watch, "is back");
      now = now.plus(Duration.ofMinutes(2));
      process.kill();
      watch.tick();
      assertThat(lines().get(lines().size() - 1)).contains("it is started again in 1 s");
    }
  }

  @Test
  void whatSomebodyElseStartsInItsPlaceIsLeftAlone() throws Exception {
    try (ServerProcess process = started()) {
      ProcessWatch watch = watch(process, false);
      process.kill();
      watch.tick();
      assertThat(lines().get(0)).contains("its command stands under 'start' in sandbox.json");
      now = now.plus(Duration.ofMinutes(2));
      watch.tick();
      assertThat(process.isAlive()).isFalse();

      Process other = new ProcessBuilder(process.command()).start();
      tickUntil(watch, "is back, as process " + other.pid());
      other.destroyForcibly().waitFor();
      watch.tick();
      assertThat(lines().get(2)).contains("ended with an exit code not known here");
    }
  }

  private ServerProcess started() throws InterruptedException {
    ServerProcess process =
        new ServerProcess(
            "idle",
            new JavaCommand(
                List.of(),
                JavaCommand.Role.PRODUCTION,
                Idle.class.getName(),
                List.of(folder.resolve(END).toString())),
            folder);
    process.start();
    process.awaitReady(PATIENCE);
    return process;
  }

  private ProcessWatch watch(ServerProcess process, boolean restarts) {
    ProcessWatch watch =
        new ProcessWatch(
            owner,
            restarts,
            () -> now,
            new Screen(new PrintStream(printed, true, UTF_8), false, false));
    watch.add("us-east-1 idle", process);
    return watch;
  }

  private void tickUntil(ProcessWatch watch, String part) {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              now = now.plusMillis(250);
              watch.tick();
              return printed.toString(UTF_8).contains(part);
            });
  }

  private List<String> lines() {
    return printed.toString(UTF_8).lines().toList();
  }
}
