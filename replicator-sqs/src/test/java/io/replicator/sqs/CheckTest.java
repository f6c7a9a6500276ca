package io.replicator.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
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
  void goodQueuesAreFine() {
    server.create("good-replication");
    server.create("good");
    server.send("good-replication", "waits");

    assertThat(check("good-replication", "good"))
        .extracting(Finding::level)
        .containsExactly(Level.OK, Level.OK);
    assertThat(server.visible("good-replication")).as("looked at, not touched").isEqualTo(1);
  }

  @Test
  void missingQueuesAreErrors() {
    List<Finding> findings = check("missing-replication", "missing");
    assertThat(findings).extracting(Finding::level).containsExactly(Level.ERROR, Level.ERROR);
    assertThat(findings.get(0).subject()).isEqualTo("sqs queue missing-replication");
    assertThat(findings.get(0).mend()).contains("create the queue missing-replication");
  }

  @Test
  void shortRetentionAndHastyRedriveAreWarnings() {
    server.create("dead");
    server.create(
        "risky",
        Map.of(
            QueueAttributeName.REDRIVE_POLICY,
            "{\"deadLetterTargetArn\":\"arn:aws:sqs:elasticmq:000000000000:dead\","
                + "\"maxReceiveCount\":3}"));
    server.create("fine");
    // The server takes no retention, so the answer is given one on its way.
    wire.spoil(
        answer ->
            answer instanceof GetQueueAttributesResponse facts
                ? withRetention(facts, "3600")
                : answer);

    assertThat(check("risky", "fine"))
        .filteredOn(finding -> finding.level() == Level.WARNING)
        .filteredOn(finding -> finding.subject().equals("sqs queue risky"))
        .extracting(Finding::mend)
        .anyMatch(mend -> mend.contains("maxReceiveCount"))
        .anyMatch(mend -> mend.contains("MessageRetentionPeriod"));
  }

  private List<Finding> check(String source, String target) {
    return new QueueCheck(Optional.of(queue(source)), Optional.of(queue(target))).findings();
  }

  private static GetQueueAttributesResponse withRetention(
      GetQueueAttributesResponse facts, String seconds) {
    Map<QueueAttributeName, String> attributes = new HashMap<>(facts.attributes());
    attributes.put(QueueAttributeName.MESSAGE_RETENTION_PERIOD, seconds);
    return facts.toBuilder().attributes(attributes).build();
  }

  private Queue queue(String name) {
    return new Queue(new QueueName(name), server.client(wire));
  }
}
