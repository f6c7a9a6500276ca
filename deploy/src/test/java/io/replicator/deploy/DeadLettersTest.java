package io.replicator.deploy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.replicator.fixture.KafkaBroker;
import io.replicator.fixture.SentLetters;
import io.replicator.model.Flow;
import io.replicator.model.Region;
import io.replicator.wire.Parked;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands of dead letters, with the Kafka of a region of each test's own. */
class DeadLettersTest {
  private static final Flow PHOTOS = Flow.parse("s3/photos@us-west-2");
  private static final Flow ORDERS = Flow.parse("sqs/orders@us-west-2");
  private static final AtomicInteger REGIONS = new AtomicInteger();
  private static KafkaBroker broker;

  @TempDir private Path folder;
  private final Region here = new Region("us-east-" + REGIONS.incrementAndGet());
  private SentLetters sent;
  private Path file;
  private String out = "";
  private String err = "";

  @BeforeAll
  static void startBroker() {
    broker = KafkaBroker.started();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @BeforeEach
  void open() throws IOException {
    sent = new SentLetters(broker, here, PHOTOS, ORDERS);
    file =
        Files.writeString(
            folder.resolve("agent.yaml"),
            """
            region: %s
            kafka: {bootstrap.servers: "%s"}
            topics: {partitions: 3, replication-factor: 1, min-insync-replicas: 1}
            peers:
              us-west-2: {kafka: {bootstrap.servers: "127.0.0.1:1"}}
            stores:
              s3:
                aws-region: us-east-1
                resources:
                  photos: {capture: false}
              sqs:
                aws-region: us-east-1
                resources:
                  orders: {source: orders-replication, target: orders}
            """
                .formatted(here, broker.bootstrapServers()));
  }

  @AfterEach
  void close() {
    sent.close();
  }

  @Test
  void aListHasALineForEachLetter() {
    assertThat(run("list")).isZero();
    assertThat(out).isEqualTo("No dead letters.\n");
    long first = sent.send(PHOTOS, "a/1.jpg", "too odd: " + "very ".repeat(40));
    long second = sent.send(ORDERS, "group\u001b[2J", "no such queue\nat all");
    assertThat(run("list")).isZero();
    assertThat(out.lines()).hasSize(4);
    assertThat(out.lines().skip(1).findFirst().orElseThrow())
        .matches(" *" + first + "  \\S+Z +s3/photos@us-west-2 +3  a/1\\.jpg +too odd: very .*…");
    assertThat(out.lines().skip(2).findFirst().orElseThrow())
        .endsWith("sqs/orders@us-west-2      3  group?[2J  no such queue at all");
    assertThat(out).endsWith("2 dead letters\n");

    assertThat(run("list", "--key", "a/*", "--json")).isZero();
    JsonNode letters = json();
    assertThat(letters).hasSize(1);
    assertThat(letters.get(0).path("id").asLong()).isEqualTo(first);
    assertThat(letters.get(0).path("reason").asText()).hasSizeGreaterThan(200);

    assertThat(run("list", "--flow", ORDERS.toString(), "--reason", "NO SUCH")).isZero();
    assertThat(out).contains(Long.toString(second)).endsWith("1 dead letter of 2\n");
    assertThat(run("list", "--reason", "something else")).isZero();
    assertThat(out).isEqualTo("None of the 2 dead letters matches.\n");
  }

  @Test
  void aLetterIsShownWholeAndItsPayloadIsWrittenToANewFile() throws IOException {
    long id = sent.send(PHOTOS, "a/1.jpg", "too odd");
    Path payload = folder.resolve("payload");
    assertThat(run("show", Long.toString(id), "--payload", payload.toString())).isZero();
    assertThat(out)
        .startsWith("dead letter " + id + "\n")
        .contains("s3/photos@us-west-2", "a/1.jpg", "too odd", "ce_id", "x-colour")
        .containsPattern("came from +replicator.us-west-2.s3.photos at 2:40")
        .containsPattern("payload +18 bytes")
        .contains("| java.lang.IllegalStateException: the store: too odd", "|   at ")
        .doesNotContain("payload of");
    assertThat(payload).hasBinaryContent(SentLetters.payload("a/1.jpg"));

    assertThat(run("show", Long.toString(id), "--payload", payload.toString())).isEqualTo(1);
    assertThat(err).contains("exists already", "name a new file");
    assertThat(run("show", Long.toString(id), "--json")).isZero();
    assertThat(json().path("change").path("ce_id").asText()).isEqualTo("id of a/1.jpg");
    assertThat(json().path("stack").asText()).contains("IllegalStateException");
  }

  @Test
  void whatIsDroppedIsGoneFromTheListAndTellsWhoDroppedIt() {
    long id = sent.send(PHOTOS, "a/1.jpg", "too odd");
    long other = sent.send(PHOTOS, "b/1.jpg", "too odd");
    assertThat(run("drop", "--key", "a/*", "--yes")).isZero();
    assertThat(err).contains("drop 1 dead letter (1 of s3/photos@us-west-2)");
    assertThat(out).isEqualTo("1 dead letter dropped\n");
    assertThat(run("list")).isZero();
    assertThat(out).contains(Long.toString(other)).doesNotContain("a/1.jpg");
    assertThat(run("show", Long.toString(id))).isZero();
    assertThat(out)
        .containsPattern("ended +dropped by " + System.getProperty("user.name") + "@\\S+ at ");
    assertThat(run("drop", Long.toString(id), "--yes")).isEqualTo(1);
    assertThat(err).contains("dead letter " + id + " was dropped by", "What mends it:", "list");
    assertThat(run("drop", "--all", "--yes", "--json")).isZero();
    assertThat(json().path("dropped").get(0).asLong()).isEqualTo(other);
  }

  @Test
  void whatIsReplayedStandsInItsFlowsParkingTopic() {
    long id = sent.send(PHOTOS, "a/1.jpg", "too odd");
    assertThat(run("replay", Long.toString(id), "--yes")).isZero();
    assertThat(out).isEqualTo("1 dead letter replayed\n");
    assertThat(sent.parked(PHOTOS))
        .singleElement()
        .satisfies(
            record ->
                assertThat(Parked.read(record.headers(), record.key(), record.value()).value())
                    .isEqualTo(SentLetters.payload("a/1.jpg")));
    assertThat(run("list")).isZero();
    assertThat(out).isEqualTo("No dead letters.\n");
  }

  @Test
  void whatCannotBeReplayedStaysAndIsNamedWhileOthersGo() {
    long gone = sent.send(Flow.parse("s3/photo@us-west-2"), "k", "no");
    long fine = sent.send(ORDERS, "k", "no");
    assertThat(run("replay", "--all", "--yes", "--json")).isEqualTo(1);
    assertThat(err)
        .contains("dead letter " + gone + " stays as it is", "did you mean 's3/photos@us-west-2'")
        .contains("replay 1 dead letter (1 of sqs/orders@us-west-2)");
    assertThat(json().path("replayed").get(0).asLong()).isEqualTo(fine);
    assertThat(json().path("left").get(0).path("id").asLong()).isEqualTo(gone);
    assertThat(run("replay", "--all", "--yes")).isEqualTo(1);
    assertThat(err).contains("none of them can be replayed");
    assertThat(run("list")).isZero();
    assertThat(out).contains(Long.toString(gone)).endsWith("1 dead letter\n");
  }

  @Test
  void nothingIsDoneUnlessTheOperatorSaysYes() {
    sent.send(PHOTOS, "k", "no");
    sent.send(ORDERS, "k", "no");
    for (String answer : List.of("", "n\n", "\n", "all\n")) {
      assertThat(answering(answer, "replay", "--all")).isEqualTo(1);
      assertThat(err)
          .contains("replay 2 dead letters (1 of s3/photos@us-west-2, 1 of sqs/orders@us-west-2)?")
          .contains("nothing was done");
    }
    assertThat(run("list")).isZero();
    assertThat(out).endsWith("2 dead letters\n");
    assertThat(answering("y\n", "drop", "--all")).isZero();
    assertThat(out).isEqualTo("2 dead letters dropped\n");
  }

  @Test
  void whatIsNotSaidOrSaidWronglyIsAnsweredByWhatToSay() {
    sent.send(PHOTOS, "k", "no");
    assertThat(run("drop", "--yes")).isEqualTo(2);
    assertThat(err).contains("which ones?", "--all");
    assertThat(run("drop", "--all", "--key", "k", "--yes")).isEqualTo(2);
    assertThat(err).contains("one of the three");
    assertThat(run("drop", "--key", "nobody's", "--yes")).isEqualTo(1);
    assertThat(err).contains("none of the 1 dead letters matches");
    assertThat(run("replay", "123456", "--yes")).isEqualTo(1);
    assertThat(err).contains("there is no dead letter 123456; there are 1, from");
    assertThat(run("list", "--flow", "photos")).isEqualTo(2);
    assertThat(err).contains("'photos' is no flow", "store/resource@origin");
    assertThat(run("list", "--flow", "s3/photso@us-west-2")).isEqualTo(2);
    assertThat(err).contains("'s3/photso@us-west-2'", "did you mean 's3/photos@us-west-2'?");
    assertThat(run("list", "--flow", "")).isEqualTo(2);
    assertThat(run("list", "--key", "")).isEqualTo(2);
    assertThat(err).contains("--key: it is empty");
    assertThat(run("show", "first")).isEqualTo(2);
    assertThat(err).contains("'first'");
    assertThat(execute(List.of("dead-letters"), "")).isEqualTo(2);
    assertThat(err).contains("list, show, replay or drop?");
    assertThat(run("list")).isZero();
    assertThat(out).endsWith("1 dead letter\n");
  }

  @Test
  void aKafkaThatIsNotThisRegionsIsToldByTheTopicThatItLacks() throws IOException {
    Files.writeString(
        file, Files.readString(file).replace("region: " + here, "region: eu-central-1"));
    assertThat(run("list")).isEqualTo(1);
    assertThat(err)
        .contains("has no topic replicator-local.eu-central-1.dead-letters")
        .contains("kafka.bootstrap.servers")
        .doesNotContain("\tat ");
  }

  private int run(String... arguments) {
    return answering("", arguments);
  }

  private int answering(String answer, String... arguments) {
    List<String> line = new ArrayList<>(List.of("dead-letters"));
    line.addAll(List.of(arguments));
    line.addAll(List.of("--config", file.toString()));
    return execute(line, answer);
  }

  private int execute(List<String> arguments, String answer) {
    PrintStream realOut = System.out;
    PrintStream realErr = System.err;
    InputStream realIn = System.in;
    ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
    ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
    try {
      System.setOut(new PrintStream(outBytes, true, UTF_8));
      System.setErr(new PrintStream(errBytes, true, UTF_8));
      System.setIn(new ByteArrayInputStream(answer.getBytes(UTF_8)));
      CommandLine line = Replicator.commandLine();
      setErr(line, new PrintWriter(errBytes, true, UTF_8));
      return line.execute(arguments.toArray(String[]::new));
    } finally {
      System.setOut(realOut);
      System.setErr(realErr);
      System.setIn(realIn);
      out = outBytes.toString(UTF_8);
      err = errBytes.toString(UTF_8);
    }
  }

  private static void setErr(CommandLine command, PrintWriter writer) {
    command.setErr(writer);
    command.getSubcommands().values().forEach(below -> setErr(below, writer));
  }

  private JsonNode json() {
    try {
      return new ObjectMapper().readTree(out);
    } catch (IOException e) {
      throw new AssertionError(out, e);
    }
  }
}
