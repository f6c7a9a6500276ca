package io.replicator.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.replicator.deploy.process.JavaCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sandbox as its user has it: a command, watched by what it prints. */
@ProcessesOnly("the sandbox starts its brokers itself")
class SandboxTest {
  private static final Duration START = Duration.ofMinutes(3);
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir private Path temporary;
  private Path folder;
  private Path output;
  private Process sandbox;

  private void start(String stores, String... more) throws IOException {
    folder = temporary.toRealPath().resolve("sandbox");
    output = temporary.resolve("output");
    List<String> words = new ArrayList<>(List.of("sandbox", "--stores", stores));
    words.addAll(List.of("--dir", folder.toString()));
    words.addAll(List.of(more));
    ProcessBuilder start = command(words.toArray(String[]::new));
    start.environment().put("JAVA_TOOL_OPTIONS", TwoRegions.QUICK_START);
    sandbox = start.redirectOutput(output.toFile()).start();
  }

  @AfterEach
  void end() {
    sandbox.destroyForcibly();
  }

  @Test
  void aLostLinkLosesNothingAndACleanEndLeavesNothing() throws Exception {
    start("sqs,s3");
    awaitReady();
    awaitLine("message 2 arrived");
    assertThat(run("cut")).isZero();
    awaitLine("us-west-2  link CUT");
    assertThat(run("heal")).isZero();
    awaitLine("messages were sent while the link was cut; 0 lost, 0 different");
    long killed = file().at("/regions/us-west-2/pids/s3").asLong();
    ProcessHandle.of(killed).orElseThrow().destroyForcibly();
    awaitLine("us-west-2 s3 (process " + killed + ") ended with exit code 137 (SIGKILL)");
    awaitLine("us-west-2 s3 is back");
    List<Long> pids = pids();

    sandbox.destroy();
    assertThat(sandbox.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(sandbox.exitValue()).as(printed()).isZero();
    assertThat(pids).hasSize(8).noneMatch(SandboxTest::lives);
    assertThat(folder.resolve("sandbox.json")).doesNotExist();
    assertThat(printed()).contains("0 lost, 0 different").contains("no process is left");
  }

  @Test
  void aProcessThatAScriptKilledIsStartedAgainByItsCommandAndEndsWithASandboxThatIsKilled()
      throws Exception {
    start("sqs", "--no-restart");
    awaitReady();
    JsonNode region = file().at("/regions/us-east-1");
    long killed = region.at("/pids/agent").asLong();
    ProcessHandle.of(killed).orElseThrow().destroyForcibly();
    awaitLine("us-east-1 agent (process " + killed + ") ended with exit code 137");
    List<String> start = new ArrayList<>();
    region.at("/start/agent").forEach(word -> start.add(word.asText()));
    Process again =
        new ProcessBuilder(start)
            .redirectErrorStream(true)
            .redirectOutput(temporary.resolve("agent").toFile())
            .start();
    await().atMost(SOON).until(() -> pids().contains(again.pid()));
    List<Long> pids = pids();

    sandbox.destroyForcibly().waitFor();
    await().atMost(SOON).until(() -> pids.stream().noneMatch(SandboxTest::lives));
  }

  @Test
  void aSignalDuringTheStartLeavesNothing() throws Exception {
    start("sqs,s3");
    Path state = folder.resolve("us-west-2/kafka.state");
    await().atMost(SOON).until(() -> Files.exists(state) && Files.size(state) > 0);
    List<Long> pids = new ArrayList<>();
    sandbox.descendants().forEach(process -> pids.add(process.pid()));

    sandbox.destroy();
    assertThat(sandbox.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(sandbox.exitValue()).as(printed()).isZero();
    assertThat(pids).isNotEmpty().noneMatch(SandboxTest::lives);
  }

  private void awaitReady() {
    await()
        .atMost(START)
        .failFast("the sandbox ended", () -> !sandbox.isAlive())
        .until(() -> Files.exists(folder.resolve("sandbox.json")));
  }

  private void awaitLine(String part) {
    await().atMost(SOON).until(() -> printed().contains(part));
  }

  private String printed() throws IOException {
    return Files.readString(output, UTF_8);
  }

  private JsonNode file() throws IOException {
    return new ObjectMapper().readTree(folder.resolve("sandbox.json").toFile());
  }

  private List<Long> pids() throws IOException {
    List<Long> pids = new ArrayList<>();
    file()
        .path("regions")
        .forEach(region -> region.path("pids").forEach(p -> pids.add(p.asLong())));
    return pids;
  }

  private int run(String order) throws Exception {
    Process process = command("sandbox", order, "--dir", folder.toString()).start();
    assertThat(process.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  private static boolean lives(long pid) {
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
  }

  private static ProcessBuilder command(String... arguments) {
    JavaCommand command =
        new JavaCommand(
            List.of(
                "-Xmx160m",
                "-XX:+UseSerialGC",
                TwoRegions.QUICK_START,
                "-Dreplicator.log.level=error"),
            JavaCommand.Role.SANDBOX,
            "io.replicator.deploy.Replicator",
            List.of(arguments));
    return new ProcessBuilder(command.argv()).redirectErrorStream(true);
  }
}
