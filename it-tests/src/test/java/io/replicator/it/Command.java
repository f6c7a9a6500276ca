package io.replicator.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.deploy.process.JavaCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A command is a run of {@code replicator} in a process of its own that has ended.
 *
 * @param code its exit code
 * @param output what it said, on either stream
 */
record Command(int code, String output) {
  /** Runs it with more variables in its environment, and waits for its end. */
  static Command run(Path folder, Map<String, String> variables, String... words)
      throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(
            new JavaCommand(
                    List.of(
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-Daws.accessKeyId=any",
                        "-Daws.secretAccessKey=any"),
                    JavaCommand.Role.PRODUCTION,
                    "io.replicator.deploy.Replicator",
                    List.of(words))
                .argv());
    builder.environment().putAll(variables);
    Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    try {
      assertThat(process.waitFor(90, TimeUnit.SECONDS)).as("it ends by itself").isTrue();
      return new Command(process.exitValue(), Files.readString(output));
    } finally {
      process.destroyForcibly();
    }
  }
}
