package io.replicator.it;

import static io.replicator.it.TwoRegions.EAST;
import static io.replicator.it.TwoRegions.WEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.deploy.process.JavaCommand;
import io.replicator.deploy.sandbox.SandboxRegion;
import io.replicator.deploy.status.Bean;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What would do harm is refused, and says what to write instead; what may pass is waited for. */
@OnSharedRegions
class RefusalTest {
  /** One more resource, at the end of the sandbox's configuration. */
  private static final String EXTRA = "      extra: {source: extra-replication, target: extra}\n";

  private static TwoRegions regions;

  @TempDir Path folder;

  @BeforeAll
  static void start(TwoRegions shared) {
    regions = shared;
  }

  @Test
  void everyProblemOfAConfigurationIsNamedAtOnceWithItsMend() throws Exception {
    String config =
        config(EAST)
            .replace(
                "orders: {source: orders-replication, target: orders}",
                "orders: {source: orders, target: orders, taget: x}")
            .replace("partitions: 6", "partitions: six");
    for (String verb : List.of("agent", "check")) {
      Command ended = run(verb, config);
      assertThat(ended.code()).isEqualTo(2);
      assertThat(ended.output())
          .contains("topics.partitions", "'six'", "whole number")
          .contains("stores.sqs.resources.orders.taget", "did you mean 'target'?")
          .contains("stores.sqs.resources.orders.target", "captured again")
          .doesNotContain("\tat ");
    }
  }

  @Test
  void anAgentIsRefusedByTheKafkaOfAnotherRegion() throws Exception {
    SandboxRegion east = regions.region(EAST);
    SandboxRegion west = regions.region(WEST);
    String config =
        config(WEST)
            .replace(west.broker().bootstrap(), east.broker().bootstrap())
            .replace("127.0.0.1:" + east.link(WEST).port(), west.broker().bootstrap())
            .replaceAll("port: \\d+", "port: 0");
    Command ended = run("agent", config);
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.output())
        .contains("kafka.bootstrap.servers", east.broker().bootstrap(), EAST, WEST)
        .doesNotContain("\tat ");
  }

  @Test
  void aPeerThatIsNotTheRegionItIsCalledIsRefused() throws Exception {
    String config =
        config(EAST).replace(WEST + ":", "eu-west-1:").replaceAll("port: \\d+", "port: 0");
    Command ended = run("agent", config);
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.output()).contains("peers.eu-west-1.kafka.bootstrap.servers", WEST);
  }

  @Test
  void aMissingQueueBlocksItsFlowAloneUntilItIsThere() throws Exception {
    Path file = regions.region(WEST).agent().configuration();
    String before = Files.readString(file);
    regions.region(WEST).agent().process().stop();
    Files.writeString(
        file,
        before.replace(
            "demo: {source: demo-replication, target: demo}",
            "demo: {source: demo-replication, target: late}"));
    regions.region(WEST).agent().process().start();
    regions.region(WEST).agent().process().awaitReady(Duration.ofSeconds(60));
    List<Letter> letters = Letter.mixed("late", 5, new java.util.Random(1));
    regions.queues(EAST).send("demo-replication", letters);
    regions.awaitFlow(
        WEST,
        "demo",
        EAST,
        Duration.ofSeconds(30),
        flow ->
            flow.text("State").equals("BLOCKED")
                && flow.text("Reason").contains("late")
                && !flow.text("Hint").isEmpty()
                && flow.number("DeadLettered") == 0);
    assertThat(regions.flow(WEST, "orders", EAST).orElseThrow().text("State")).isEqualTo("RUNNING");
    regions.queues(WEST).create("late", Map.of());
    try (Postbox late = new Postbox(regions.queues(WEST), "late", 1)) {
      late.awaitAll(letters);
      assertThat(late.repeated()).isZero();
    }
    regions.awaitFlow(
        WEST, "demo", EAST, Duration.ofSeconds(20), flow -> flow.text("State").equals("RUNNING"));
    Files.writeString(file, before);
  }

  @Test
  void checkTellsWhatDoesNotAnswer() throws Exception {
    String config =
        config(EAST)
            .replace(regions.region(EAST).broker().bootstrap(), "127.0.0.1:1")
            .replace("target: demo}", "target: nowhere}");
    Command ended = run("check", config);
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.output())
        .contains("kafka.bootstrap.servers '127.0.0.1:1'")
        .contains("nowhere")
        .contains("orders-replication");
    Command fine = run("check", config(EAST));
    assertThat(fine.output()).doesNotContain("nowhere");
    assertThat(fine.code()).isZero();
  }

  @Test
  void anAgentWhoseKafkaIsAwayIsBlockedAndBeginsByItselfWhenItComes() throws Exception {
    SandboxRegion west = regions.region(WEST);
    west.agent().process().stop();
    west.broker().process().kill();
    try {
      west.agent().process().start();
      assertBlockedByKafka(west);
    } finally {
      west.broker().process().start();
    }
    west.agent().process().awaitReady(Duration.ofSeconds(60));
    regions.awaitFlow(
        WEST,
        "orders",
        EAST,
        Duration.ofSeconds(30),
        flow -> flow.text("State").equals("RUNNING") && flow.number("LagMillis") >= 0);
  }

  private static void assertBlockedByKafka(SandboxRegion west) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              Optional<Bean> agent = regions.agent(WEST);
              assertThat(agent).isPresent();
              assertThat(agent.get().text("State")).isEqualTo("BLOCKED");
              assertThat(agent.get().text("Reason"))
                  .contains("kafka.bootstrap.servers", west.broker().bootstrap());
              assertThat(agent.get().text("Hint")).isNotEmpty();
            });
  }

  @Test
  void aPausedFlowStaysPausedOverARestartAndMissesNothing() throws Exception {
    List<Letter> letters = Letter.mixed("paused", 50, new java.util.Random(2));
    regions.invoke(WEST, "orders", EAST, "pause");
    regions.awaitFlow(
        WEST, "orders", EAST, Duration.ofSeconds(10), flow -> flow.text("State").equals("PAUSED"));
    regions.queues(EAST).send("orders-replication", letters);
    regions.crash(regions.region(WEST).agent().process());
    regions.awaitFlow(
        WEST,
        "orders",
        EAST,
        Duration.ofSeconds(30),
        flow -> flow.text("State").equals("PAUSED") && flow.number("PendingChanges") == 50);
    assertThat(regions.queues(WEST).size("orders")).isZero();
    regions.invoke(WEST, "orders", EAST, "resume");
    try (Postbox west = new Postbox(regions.queues(WEST), "orders", 1)) {
      west.awaitAll(letters);
      assertThat(west.repeated()).isZero();
    }
  }

  @Test
  void aFlowIsAddedAndRemovedWhileAgentsRunBySignalAndByCommand() throws Exception {
    Path east = regions.region(EAST).agent().configuration();
    Path west = regions.region(WEST).agent().configuration();
    String eastBefore = Files.readString(east);
    String westBefore = Files.readString(west);
    for (String region : List.of(EAST, WEST)) {
      regions.queues(region).create("extra", Map.of());
      regions.queues(region).create("extra-replication", Map.of());
    }
    regions.region(WEST).agent().process().stop();
    Process agent = heedingHangUp(west);
    try {
      regions.awaitFlow(
          WEST, "orders", EAST, Duration.ofSeconds(60), flow -> flow.number("LagMillis") >= 0);
      Files.writeString(east, eastBefore + EXTRA);
      assertThat(regions.reload(EAST)).contains("added sqs/extra", "4 as before");
      Files.writeString(west, westBefore + EXTRA);
      signal(agent);
      regions.awaitFlow(
          WEST,
          "extra",
          EAST,
          Duration.ofSeconds(10),
          flow -> flow.text("State").equals("RUNNING") && flow.number("LagMillis") >= 0);
      List<Letter> letters = Letter.mixed("extra", 20, new java.util.Random(5));
      regions.queues(EAST).send("extra-replication", letters);
      try (Postbox extra = new Postbox(regions.queues(WEST), "extra", 1)) {
        extra.awaitAll(letters);
        assertThat(extra.repeated()).isZero();
      }
      Files.writeString(west, westBefore + EXTRA.replace("target", "traget"));
      signal(agent);
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> regions.agent(WEST).orElseThrow().number("FailedReloads") == 1);
      assertThat(regions.agent(WEST).orElseThrow().text("LastReload"))
          .contains("nothing was changed", "did you mean 'target'?");
      assertThat(regions.flow(WEST, "extra", EAST)).isPresent();
      Files.writeString(west, westBefore);
      signal(agent);
      await()
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(() -> assertThat(regions.flow(WEST, "extra", EAST)).isEmpty());
      assertThat(regions.flow(WEST, "orders", EAST)).isPresent();
    } finally {
      agent.destroy();
      assertThat(agent.waitFor(30, TimeUnit.SECONDS)).isTrue();
      Files.writeString(east, eastBefore);
      Files.writeString(west, westBefore);
      regions.reload(EAST);
      regions.region(WEST).agent().process().start();
      regions.region(WEST).agent().process().awaitReady(Duration.ofSeconds(60));
    }
    assertThat(agent.exitValue()).isZero();
  }

  private static void signal(Process process) throws Exception {
    Process kill = new ProcessBuilder("kill", "-HUP", Long.toString(process.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  /** An agent as a user starts one: the sandbox's own do not see what the terminal sends. */
  private Process heedingHangUp(Path configuration) throws IOException {
    List<String> command = new ArrayList<>();
    if (Files.exists(Path.of("/proc/self/status"))) {
      // Whoever runs the tests may ignore the signal, and the JVM would inherit that.
      command.addAll(List.of("env", "--default-signal=HUP"));
    }
    command.addAll(
        new JavaCommand(
                List.of(
                    "-Xmx256m",
                    TwoRegions.QUICK_START,
                    "-Daws.accessKeyId=any",
                    "-Daws.secretAccessKey=any"),
                JavaCommand.Role.PRODUCTION,
                "io.replicator.deploy.Replicator",
                List.of("agent", "--config", configuration.toString()))
            .argv());
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("heeding.log").toFile())
        .start();
  }

  private static String config(String region) throws IOException {
    return Files.readString(regions.region(region).agent().configuration());
  }

  private Command run(String verb, String config) throws Exception {
    Path file = folder.resolve("agent.yaml");
    Files.writeString(file, config);
    return Command.run(folder, Map.of(), verb, "--config", file.toString());
  }
}
