package io.replicator.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.model.Condition;
import io.replicator.model.FlowState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequest;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageRequest;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageResponse;

/**
 * What capture leaves where it is, and what it says of that and of a queue that does not answer.
 */
class LeftInQueueTest extends SourceFixture {
  @Test
  void refusedMessagesStayInTheQueueAndAreSaid() {
    server.create("refused", Map.of(QueueAttributeName.VISIBILITY_TIMEOUT, "2"));
    sink.refuse("monster");
    server.send("refused", "monster");
    server.send("refused", "fine");

    capture("refused");
    soon().until(() -> source.status().condition().state() == FlowState.DEGRADED);
    soon().until(() -> sink.bodies().equals(List.of("fine")) && server.held("refused") == 1);

    assertThat(source.status().condition().reason()).contains("refused", "too large");
    assertThat(source.status().condition().hint()).contains("make it smaller");
    int polls = wire.seen(ReceiveMessageRequest.class).size();
    soon().until(() -> wire.seen(ReceiveMessageRequest.class).size() >= polls + 2);
    soon().until(() -> upTo().isPresent());
  }

  @Test
  void oneOddMessageIsRefusedAloneAndTheOthersPass() {
    server.create("odd");
    wire.spoil(
        answer -> answer instanceof ReceiveMessageResponse received ? withOdd(received) : answer);
    server.sendNumbered("odd", "odd", 1, 3);
    server.sendNumbered("odd", "fine", 1, 7);

    capture("odd");
    soon().until(() -> sink.count() == 7 && server.held("odd") == 3);
    soon().until(() -> source.status().condition().state() == FlowState.DEGRADED);
    assertThat(sink.bodies()).allMatch(body -> body.startsWith("fine"));
    assertThat(source.status().condition().reason()).contains("cannot be taken");

    server.send("odd", "later");
    soon().until(() -> sink.bodies().contains("later"));
    int extended = wire.seen(ChangeMessageVisibilityBatchRequest.class).size();
    assertThat(extended).as("each refused message is left once").isEqualTo(3);
    soon().until(() -> upTo().filter(time -> time.isAfter(oldestOffered())).isPresent());
    source.close();
    assertThat(source.status().condition().state()).isEqualTo(FlowState.DEGRADED);
  }

  /** One message's attribute has no value, one's has no type, and one has no id. */
  private static ReceiveMessageResponse withOdd(ReceiveMessageResponse received) {
    MessageAttributeValue.Builder attribute = MessageAttributeValue.builder();
    return received.toBuilder()
        .messages(
            received.messages().stream()
                .map(
                    message ->
                        switch (message.body()) {
                          case "odd-1" -> with(message, attribute.dataType("String").build());
                          case "odd-2" -> with(message, attribute.dataType(null).build());
                          case "odd-3" -> message.toBuilder().messageId(null).build();
                          default -> message;
                        })
                .toList())
        .build();
  }

  private static Message with(Message message, MessageAttributeValue attribute) {
    return message.toBuilder()
        .messageAttributes(Map.of("odd", attribute))
        .md5OfMessageAttributes(null)
        .build();
  }

  @Test
  void messagesThatCameBackDoNotTravelAgain() {
    server.create("came-back");
    String url = server.url("came-back");
    for (String id : List.of("us-east-1/a", "us-west-2/b", "no id of ours")) {
      server
          .plain()
          .sendMessage(
              m ->
                  m.queueUrl(url)
                      .messageBody(id)
                      .messageAttributes(
                          Map.of(
                              "replicator-id",
                              MessageAttributeValue.builder()
                                  .dataType("String")
                                  .stringValue(id)
                                  .build())))
          .join();
    }

    capture("came-back");
    soon().until(() -> sink.count() == 2 && server.held("came-back") == 1);
    soon().until(() -> source.status().condition().state() == FlowState.DEGRADED);

    assertThat(sink.bodies()).containsExactlyInAnyOrder("us-west-2/b", "no id of ours");
    assertThat(source.status().condition().reason()).contains("has come back");
    assertThat(source.status().condition().hint()).isNotEmpty();
  }

  @Test
  void missingQueueIsBlockedAndRecovers() {
    capture("late");
    soon().until(() -> source.status().condition().state() == FlowState.BLOCKED);
    assertThat(source.status().condition().reason()).contains("late");
    assertThat(source.status().condition().hint()).contains("create the queue late");
    assertThat(source.status().deliveredUpTo()).isEmpty();

    server.create("late");
    server.send("late", "first");
    soon().until(() -> sink.bodies().equals(List.of("first")));
    soon().until(() -> source.status().condition().equals(Condition.RUNNING));

    server.delete("late");
    soon().until(() -> source.status().condition().state() == FlowState.BLOCKED);
    server.create("late");
    server.send("late", "second");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> sink.bodies().equals(List.of("first", "second")));
    soon().until(() -> source.status().condition().equals(Condition.RUNNING));
  }

  @Test
  void unreachableServerIsBlockedAndRecovers() {
    server.create("unreachable");
    wire.breakFor(request -> true);
    capture("unreachable");
    soon().until(() -> source.status().condition().state() == FlowState.BLOCKED);
    assertThat(source.status().condition().hint()).contains("endpoint can be reached");

    wire.mend();
    server.send("unreachable", "arrives");
    soon().until(() -> sink.count() == 1);
    soon().until(() -> source.status().condition().equals(Condition.RUNNING));
  }
}
