package io.replicator.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CommandLineTest {
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;

  @Test
  void anUnknownVerbIsAnsweredByASuggestion() {
    assertThat(execute("stauts")).isEqualTo(2);
    assertThat(err.toString()).contains("stauts", "status");
  }

  @Test
  void noVerbIsWrongUsage() {
    assertThat(execute()).isEqualTo(2);
    assertThat(err.toString()).contains("which command?");
  }

  @Test
  void aLengthOfTimeWithoutAUnitIsAnsweredByTheForm() {
    assertThat(execute("sandbox", "slow", "80")).isEqualTo(2);
    assertThat(err.toString()).contains("'80'", "80ms");
  }

  @Test
  void aStoreThatTheSandboxHasNotIsNamed() {
    assertThat(execute("sandbox", "--stores", "sqs,s4")).isEqualTo(2);
    assertThat(err.toString()).contains("'s4'", "sqs");
  }

  @Test
  void aNumberOfRegionsThatTheSandboxCannotHaveIsNamed() {
    assertThat(execute("sandbox", "--regions", "4")).isEqualTo(2);
    assertThat(err.toString()).contains("--regions", "'4'", "2 or 3", "eu-west-1");
  }

  @Test
  void everyProblemOfAConfigurationIsSaidAtOnce() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("agent.yaml"),
            """
            region: Us_East
            kafka: {bootstrap.servers: "127.0.0.1:1"}
            topcis: {partitions: 6}
            """);
    assertThat(execute("check", "--config", file.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("Us_East", "topcis", "did you mean 'topics'");
    assertThat(execute("agent", "--config", file.toString())).isEqualTo(2);
  }

  @Test
  void aThrottleThatMakesNoSenseIsRefusedBeforeAnyoneIsAsked() {
    assertThat(execute("throttle", "orders", "--changes", "5", "--jmx", "127.0.0.1:1"))
        .isEqualTo(2);
    assertThat(err.toString()).contains("FLOW", "orders");
    assertThat(execute("throttle", "sqs/orders@us-east-1", "--bytes", "-1", "--jmx", "127.0.0.1:1"))
        .isEqualTo(2);
    assertThat(err.toString()).contains("--bytes", "-1");
    assertThat(
            execute(
                "throttle",
                "sqs/orders@us-east-1",
                "--configured",
                "--changes",
                "5",
                "--jmx",
                "127.0.0.1:1"))
        .isEqualTo(2);
    assertThat(err.toString()).contains("--configured is instead");
  }

  @Test
  void whatIsNoNumberIsSaidInWordsOfTheOperator() {
    assertThat(execute("throttle", "sqs/orders@us-east-1", "--changes", "abc")).isEqualTo(2);
    assertThat(err.toString()).contains("--changes", "'abc' is not a whole number");
    assertThat(execute("dead-letters", "show", "--config", "a.yaml", "abc")).isEqualTo(2);
    assertThat(err.toString()).contains("ID", "'abc' is not a whole number");
    assertThat(execute("backfill", "s3/photos@us-east-1", "--rate", "99999999999")).isEqualTo(2);
    assertThat(err.toString()).contains("--rate", "'99999999999' is not a whole number up to ");
  }

  @Test
  void whatIsNoPlaceOfAnAgentIsWrongUsage() {
    for (String wrong :
        List.of("nonsense", "127.0.0.1", "host:", ":7011", "host:7011:x", "service:jmx:nonsense")) {
      assertThat(execute("status", "--jmx", wrong)).as(wrong).isEqualTo(2);
      assertThat(err.toString()).contains("--jmx: '" + wrong + "'", "write host:port");
    }
    assertThat(execute("status", "--jmx", "[::1]:1")).isEqualTo(1);
  }

  @Test
  void anOrderForWhatIsNoFlowIsRefusedBeforeAnyoneIsAsked() {
    for (String verb : List.of("pause", "resume", "accept-gap")) {
      assertThat(execute(verb, "orders", "--jmx", "127.0.0.1:1")).isEqualTo(2);
      assertThat(err.toString()).contains("replicator " + verb + ": FLOW: ", "orders");
    }
  }

  @Test
  void aConfigurationThatIsNotThereIsNamed() {
    String file = folder.resolve("nowhere.yaml").toString();
    assertThat(execute("agent", "--config", file)).isEqualTo(2);
    assertThat(err.toString()).contains(file).doesNotContain("\tat ");
  }

  @Test
  void anAgentThatDoesNotAnswerMakesStatusFail() {
    assertThat(execute("status", "--jmx", "127.0.0.1:1")).isEqualTo(1);
  }

  @Test
  void anAgentThatDoesNotAnswerIsNamedByItsPlace() {
    for (String verb : List.of("backfill", "throttle", "pause", "resume", "accept-gap")) {
      assertThat(execute(verb, "sqs/orders@us-east-1", "--jmx", "127.0.0.1:1")).isEqualTo(1);
      assertThat(err.toString())
          .contains("the agent at 127.0.0.1:1 does not answer: ")
          .doesNotContain("service:jmx", "\tat ");
    }
  }

  @Test
  void aPasswordFileThatIsNotThereIsNamed() {
    String file = folder.resolve("password").toString();
    assertThat(execute("status", "--jmx", "127.0.0.1:1", "--user", "ops", "--password-file", file))
        .isEqualTo(1);
    assertThat(err.toString()).contains(file).doesNotContain("\tat ");
  }

  @Test
  void aScriptMayBeginWithACommentAndAnUnknownOptionIsNone() {
    String[] cql = {"sandbox", "cql", "--dir", folder.toString(), "-- all of it\nSELECT 1"};
    assertThat(execute(cql)).isEqualTo(1);
    assertThat(err.toString()).contains("no sandbox runs in " + folder);
    cql[4] = "-- nothing";
    assertThat(execute(cql)).isEqualTo(2);
    assertThat(err.toString()).contains("there is no statement in '-- nothing'");
    assertThat(execute("sandbox", "cql", "--regoin", "us-west-2", "SELECT 1")).isEqualTo(2);
    assertThat(err.toString()).contains("Unknown option: '--regoin'", "--region");
  }

  @Test
  void askingASandboxThatDoesNotRunSaysSo() {
    assertThat(execute("sandbox", "cut", "--dir", folder.toString())).isEqualTo(1);
    assertThat(err.toString()).contains("no sandbox runs in " + folder).doesNotContain("\tat ");
  }

  private int execute(String... arguments) {
    CommandLine line = Replicator.commandLine();
    PrintWriter writer = new PrintWriter(err, true);
    line.setErr(writer);
    line.getSubcommands().values().forEach(command -> setErr(command, writer));
    return line.execute(arguments);
  }

  private static void setErr(CommandLine command, PrintWriter writer) {
    command.setErr(writer);
    command.getSubcommands().values().forEach(below -> setErr(below, writer));
  }
}
