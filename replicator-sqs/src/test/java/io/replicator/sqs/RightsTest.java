package io.replicator.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.model.Clocks;
import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import io.replicator.model.Region;
import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.services.sqs.model.GetQueueAttributesResponse;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageRequest;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequest;

/** A right that is missing is named, before an agent starts and while it runs. */
class RightsTest {
  private static QueueServer server;

  private final Wire wire = new Wire();

  @BeforeAll
  static void startServer() {
    server = QueueServer.start();
    server.create("orders-replication");
    server.create("orders");
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource({
    "GetQueueUrlRequest, sqs:GetQueueUrl, orders-replication",
    "GetQueueAttributesRequest, sqs:GetQueueAttributes, orders-replication",
    "ReceiveMessageRequest, sqs:ReceiveMessage, orders-replication",
    "DeleteMessageBatchRequest, sqs:DeleteMessage, orders-replication",
    "ChangeMessageVisibilityBatchRequest, sqs:ChangeMessageVisibility, orders-replication",
    "SendMessageBatchRequest, sqs:SendMessage, orders",
  })
  void eachRightThatIsMissingIsNamedWithItsQueue(String request, String right, String queue) {
    wire.refuse(named(request), "AccessDenied");

    List<Finding> missing =
        check(true).stream()
            .filter(it -> it.level() == Level.ERROR)
            .filter(it -> it.subject().equals("sqs queue " + queue))
            .toList();
    assertThat(missing).hasSize(1);
    assertThat(missing.get(0).detail()).startsWith("missing " + right + ": ");
    assertThat(missing.get(0).mend())
        .isEqualTo("allow this agent the action " + right + " on queue " + queue);
  }

  @Test
  void whatIsNotProvenIsSaidWithTheStatementThatThePolicyMustHave() {
    // As SQS does; this server takes a batch of nothing.
    wire.refuse(named("SendMessageBatchRequest"), "AWS.SimpleQueueService.EmptyBatchRequest");
    List<Finding> untried = check(true).stream().filter(it -> it.level() == Level.UNTRIED).toList();
    assertThat(untried)
        .extracting(Finding::detail)
        .as("the server refused both, and not for want of a right")
        .containsExactly(
            "sqs:ReceiveMessage cannot be proven to be allowed without touching messages",
            "sqs:SendMessage cannot be proven to be allowed without touching messages");
    assertThat(untried.get(0).mend())
        .contains(
            "\"sqs:GetQueueUrl\",\"sqs:GetQueueAttributes\",\"sqs:ReceiveMessage\","
                + "\"sqs:DeleteMessage\",\"sqs:ChangeMessageVisibility\"")
        .contains("\"Resource\":\"arn:aws:sqs:")
        .endsWith(":orders-replication\"}");
    assertThat(untried.get(1).mend())
        .contains("\"sqs:SendMessage\"")
        .doesNotContain("sqs:ReceiveMessage");
  }

  @Test
  void aServerThatIsNotAwsIsNeverAskedToReceive() {
    assertThat(check(false))
        .extracting(Finding::detail)
        .anyMatch(detail -> detail.startsWith("sqs:ReceiveMessage cannot be proven"));
    assertThat(wire.seen(ReceiveMessageRequest.class)).isEmpty();
    assertThat(wire.seen(SendMessageBatchRequest.class))
        .as("asked to send nothing")
        .allMatch(batch -> batch.entries().isEmpty())
        .hasSize(1);
  }

  @Test
  void aKeyOfKmsIsNamedWithItsRights() {
    wire.spoil(
        answer ->
            answer instanceof GetQueueAttributesResponse facts
                ? facts.toBuilder()
                    .attributes(Map.of(QueueAttributeName.KMS_MASTER_KEY_ID, "alias/orders"))
                    .build()
                : answer);
    assertThat(check(true))
        .filteredOn(it -> it.subject().equals("sqs queue orders"))
        .filteredOn(it -> it.level() == Level.UNTRIED)
        .extracting(Finding::mend)
        .allMatch(mend -> mend.contains("\"kms:GenerateDataKey\",\"kms:Decrypt\""))
        .allMatch(mend -> mend.contains("key alias/orders"))
        .hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "GetQueueUrlRequest, sqs:GetQueueUrl",
    "GetQueueAttributesRequest, sqs:GetQueueAttributes",
    "ReceiveMessageRequest, sqs:ReceiveMessage",
    "DeleteMessageBatchRequest, sqs:DeleteMessage",
  })
  void aFlowThatIsRefusedWhileItRunsIsBlockedAndNamesTheRight(String request, String right) {
    String name = "refused-" + right.substring("sqs:".length());
    server.create(name);
    server.send(name, "waits");
    wire.refuse(named(request), "AccessDenied");
    Queue queue = new Queue(new QueueName(name), server.client(wire));
    try (Workers workers = new Workers();
        SqsSource source =
            new SqsSource(
                queue, new Region("us-east-1"), new RecordingSink(), workers, Clocks.system())) {
      source.start();
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> source.status().condition().state() == FlowState.BLOCKED);
      assertThat(source.status().condition().hint())
          .isEqualTo("allow this agent the action " + right + " on queue " + name);

      wire.mend();
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> source.status().condition().equals(Condition.RUNNING));
    }
  }

  private static Predicate<SdkRequest> named(String type) {
    return request -> request.getClass().getSimpleName().equals(type);
  }

  private List<Finding> check(boolean aws) {
    return new QueueCheck(
            Optional.of(queue("orders-replication")),
            Optional.of(queue("orders")),
            aws,
            InstantSource.system())
        .findings();
  }

  private Queue queue(String name) {
    return new Queue(new QueueName(name), server.client(wire));
  }
}
