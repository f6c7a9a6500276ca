package io.replicator.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.sqs.model.GetQueueAttributesResponse;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** The dry test finds what will not work, and what will surprise. */
class CheckTest {
  private static QueueServer server;

  private final Wire wire = new Wire();

  @BeforeAll
  static void startServer() {
    server = QueueServer.start();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @Test
  void goodQueuesAreFineAndAreLookedAtOnly() {
    server.create("good-replication");
    server.create("good");
    server.send("good-replication", "waits");

    assertThat(check("good-replication", "good"))
        .extracting(Finding::level)
        .containsOnly(Level.OK, Level.UNTRIED);
    assertThat(server.visible("good-replication")).isEqualTo(1);
    assertThat(server.held("good")).as("nothing was sent").isZero();
    assertThat(server.receive("good-replication").get(0).attributesAsStrings())
        .as("nothing was received")
        .containsEntry("ApproximateReceiveCount", "1");
  }

  @Test
  void missingQueuesAreErrors() {
    List<Finding> findings = check("missing-replication", "missing");
    assertThat(findings).extracting(Finding::level).containsExactly(Level.ERROR, Level.ERROR);
    assertThat(findings.get(0).subject()).isEqualTo("sqs queue missing-replication");
    assertThat(findings.get(0).mend()).contains("create the queue missing-replication");
  }

  @ParameterizedTest
  @CsvSource({
    "60, ERROR, 1 min",
    "3599, ERROR, 3599 s",
    "3600, WARNING, 1 h",
    "345599, WARNING, 345599 s",
  })
  void aSourceThatForgetsTooSoonIsFoundWithTheLongestOutage(
      int seconds, Level level, String outage) {
    server.create("forgetful");
    answer(Map.of(QueueAttributeName.MESSAGE_RETENTION_PERIOD, Integer.toString(seconds)));

    Finding finding = about(source("forgetful"), "keeps messages");
    assertThat(finding.level()).isEqualTo(level);
    assertThat(finding.detail())
        .startsWith("keeps messages for " + outage + ": after so long an outage");
    assertThat(finding.mend()).contains("MessageRetentionPeriod");
  }

  @ParameterizedTest
  @CsvSource({"1, ERROR", "2, ERROR", "3, WARNING", "9, WARNING", "10, OK"})
  void aRedrivePolicyThatSetsMessagesAsideInAnOutageIsFound(int receives, Level level) {
    server.create("hasty");
    answer(
        Map.of(
            QueueAttributeName.REDRIVE_POLICY,
            "{\"deadLetterTargetArn\":\"arn:aws:sqs:r:0:dead\",\"maxReceiveCount\":"
                + receives
                + "}"));

    Finding finding = about(source("hasty"), "sets a message aside after " + receives);
    assertThat(finding.level()).isEqualTo(level);
    if (level != Level.OK) {
      assertThat(finding.mend()).contains("maxReceiveCount");
    }
  }

  @Test
  void whatMakesMessagesRepeatOrComeLateIsAWarning() {
    server.create("odd");
    server.create("slow");
    answer(
        Map.of(
            QueueAttributeName.VISIBILITY_TIMEOUT, "5",
            QueueAttributeName.DELAY_SECONDS, "60"));

    List<Finding> findings = check("odd", "slow");
    assertThat(about(findings, "lets a received message be received again after 5 s").mend())
        .contains("VisibilityTimeout");
    assertThat(findings)
        .filteredOn(finding -> finding.detail().equals("delays each message by 1 min"))
        .allMatch(finding -> finding.level() == Level.WARNING)
        .extracting(Finding::subject)
        .containsExactly("sqs queue odd", "sqs queue slow");
  }

  @Test
  void aTargetThatTakesLessThanTheSourceIsAnError() {
    QueueFacts large = facts("1048576");
    QueueFacts small = facts("262144");
    QueueReport report = new QueueReport(queue("narrow"));
    new TargetCheck(small, Optional.of(large), report).run();
    Finding finding = about(report.findings(), "takes messages up to 262144 bytes");
    assertThat(finding.level()).isEqualTo(Level.ERROR);
    assertThat(finding.mend()).contains("MaximumMessageSize");

    QueueReport wide = new QueueReport(queue("wide"));
    new TargetCheck(large, Optional.of(small), wide).run();
    assertThat(wide.findings()).isEmpty();
  }

  @Test
  void aClockThatIsNotTheServersIsAWarning() {
    server.create("timely");
    assertThat(source("timely")).noneMatch(finding -> finding.subject().equals("clock of sqs"));

    Finding ahead = clock(off(-20));
    assertThat(ahead.level()).isEqualTo(Level.WARNING);
    assertThat(ahead.detail()).matches("is (18|19|20) s ahead of this machine's");
    assertThat(clock(off(20)).detail()).matches("is (18|19|20) s behind this machine's");
  }

  private Finding clock(InstantSource clock) {
    return new QueueCheck(Optional.of(queue("timely")), Optional.empty(), false, clock)
        .findings().stream()
            .filter(finding -> finding.subject().equals("clock of sqs"))
            .findFirst()
            .orElseThrow();
  }

  private static InstantSource off(int seconds) {
    return InstantSource.offset(InstantSource.system(), Duration.ofSeconds(seconds));
  }

  private static QueueFacts facts(String largest) {
    return QueueFacts.of(Map.of(QueueAttributeName.MAXIMUM_MESSAGE_SIZE, largest));
  }

  /** The server does not take all attributes, so its answers are given some on their way. */
  private void answer(Map<QueueAttributeName, String> attributes) {
    wire.spoil(
        answer -> {
          if (answer instanceof GetQueueAttributesResponse facts) {
            Map<QueueAttributeName, String> all = new HashMap<>(facts.attributes());
            all.putAll(attributes);
            return facts.toBuilder().attributes(all).build();
          }
          return answer;
        });
  }

  private static Finding about(List<Finding> findings, String detail) {
    return findings.stream()
        .filter(finding -> finding.detail().startsWith(detail))
        .findFirst()
        .orElseThrow(() -> new AssertionError(findings));
  }

  private List<Finding> source(String source) {
    return check(Optional.of(queue(source)), Optional.empty());
  }

  private List<Finding> check(String source, String target) {
    return check(Optional.of(queue(source)), Optional.of(queue(target)));
  }

  private static List<Finding> check(Optional<Queue> source, Optional<Queue> target) {
    return new QueueCheck(source, target, false, InstantSource.system()).findings();
  }

  private Queue queue(String name) {
    return new Queue(new QueueName(name), server.client(wire));
  }
}
