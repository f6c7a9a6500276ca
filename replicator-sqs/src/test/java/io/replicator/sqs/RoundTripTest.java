package io.replicator.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.model.Change;
import io.replicator.model.Clocks;
import io.replicator.model.Region;
import io.replicator.spi.Applier.Outcome;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeNameForSends;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeValue;

/** From a queue into a change, and from the change into another region's queue. */
class RoundTripTest {
  private static final Region HERE = new Region("us-east-1");
  private static QueueServer server;

  private final Workers workers = new Workers();

  @BeforeAll
  static void startServer() {
    server = QueueServer.start();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @AfterEach
  void stopWorkers() {
    workers.close();
  }

  @Test
  void everyAttributeSurvivesTheRoundTrip() {
    server.create("all-source");
    server.create("all-target");
    Map<String, MessageAttributeValue> attributes =
        new HashMap<>(
            Map.of(
                "text", value("String", "grüße, 世界 🌍"),
                "number", value("Number", "12345678901234567890.5"),
                "custom.number", value("Number.java.lang.Long", "7"),
                "custom-text", value("String.json", "{\"a\": 1}"),
                "bytes", bytes("Binary"),
                "custom_bytes", bytes("Binary.gif")));
    String trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";
    server
        .plain()
        .sendMessage(
            m ->
                m.queueUrl(server.url("all-source"))
                    .messageBody("päckchen 📦")
                    .messageAttributes(attributes)
                    .messageSystemAttributes(
                        Map.of(
                            MessageSystemAttributeNameForSends.AWS_TRACE_HEADER,
                            MessageSystemAttributeValue.builder()
                                .dataType("String")
                                .stringValue(trace)
                                .build())))
        .join();

    Change change = captured("all-source");
    Message arrived = applied(change, "all-target");

    assertThat(change.attributes())
        .containsKeys("attribute/String/text", "attribute/Binary.gif/custom_bytes", "trace");
    assertThat(
            new String(change.attributes().get("trace"), java.nio.charset.StandardCharsets.UTF_8))
        .isEqualTo(trace);
    assertThat(arrived.body()).isEqualTo("päckchen 📦");
    attributes.put("replicator-id", value("String", "us-east-1/" + change.id()));
    assertThat(arrived.messageAttributes()).isEqualTo(attributes);
    assertThat(arrived.attributes())
        .containsEntry(MessageSystemAttributeName.AWS_TRACE_HEADER, trace);
  }

  @Test
  void tenAttributesLeaveNoSlotForTheReplicatorId() {
    server.create("ten-source");
    server.create("ten-target");
    Map<String, MessageAttributeValue> attributes = new HashMap<>();
    IntStream.range(0, 10).forEach(i -> attributes.put("a" + i, value("String", "v" + i)));
    server
        .plain()
        .sendMessage(
            m ->
                m.queueUrl(server.url("ten-source"))
                    .messageBody("ten")
                    .messageAttributes(attributes))
        .join();

    assertThat(applied(captured("ten-source"), "ten-target").messageAttributes())
        .isEqualTo(attributes);
  }

  @Test
  void anOldReplicatorIdIsReplaced() {
    server.create("old-source");
    server.create("old-target");
    Map<String, MessageAttributeValue> attributes = new HashMap<>();
    IntStream.range(0, 9).forEach(i -> attributes.put("a" + i, value("String", "v" + i)));
    attributes.put("replicator-id", value("String", "eu-west-1/before"));
    server
        .plain()
        .sendMessage(
            m ->
                m.queueUrl(server.url("old-source"))
                    .messageBody("old")
                    .messageAttributes(attributes))
        .join();

    Change change = captured("old-source");

    attributes.put("replicator-id", value("String", "us-east-1/" + change.id()));
    assertThat(applied(change, "old-target").messageAttributes()).isEqualTo(attributes);
  }

  @Test
  void aMebibyteIsCarriedWhole() {
    server.create("large-source");
    server.create("large-target");
    String body = "x".repeat((1 << 20) - 2_000);
    server.send("large-source", body);

    assertThat(applied(captured("large-source"), "large-target").body()).isEqualTo(body);
  }

  @Test
  void fifoGroupAndDeduplicationTravel() {
    server.create("group-source.fifo");
    server.create("group-target.fifo");
    server.sendNumbered("group-source.fifo", "customer-7", 1, 1);

    Change change = captured("group-source.fifo");
    Message arrived = applied(change, "group-target.fifo");

    assertThat(change.key()).isEqualTo("customer-7");
    assertThat(arrived.attributes())
        .containsEntry(MessageSystemAttributeName.MESSAGE_GROUP_ID, "customer-7")
        .containsEntry(
            MessageSystemAttributeName.MESSAGE_DEDUPLICATION_ID, "us-east-1/" + change.id());
    assertThat(applyTo(change, "group-target.fifo")).isEqualTo(Outcome.APPLIED);
    assertThat(server.receiveAll("group-target.fifo")).as("sent again within 5 min").isEmpty();
  }

  @Test
  void theGroupOfAFairQueueTravels() {
    server.create("fair-source");
    server.create("fair-target");
    server
        .plain()
        .sendMessage(
            m ->
                m.queueUrl(server.url("fair-source"))
                    .messageBody("fair")
                    .messageGroupId("tenant-7"))
        .join();

    Change change = captured("fair-source");

    assertThat(change.key())
        .as("no order among messages of a standard queue")
        .isEqualTo(change.id());
    assertThat(applied(change, "fair-target").attributes())
        .containsEntry(MessageSystemAttributeName.MESSAGE_GROUP_ID, "tenant-7");
  }

  @Test
  void namesBeyondSqsOwnAreEscaped() {
    for (AttributeName name :
        List.of(
            new AttributeName("String", "plain-Name_1.x"),
            new AttributeName("String.a/b", "c/d%e"),
            new AttributeName("Number.größe", "na me"))) {
      assertThat(name.toString()).matches("[!-~]+");
      assertThat(AttributeName.parse(name.toString())).contains(name);
    }
    assertThat(AttributeName.parse("trace")).isEmpty();
  }

  private Change captured(String queue) {
    RecordingSink sink = new RecordingSink();
    try (SqsSource source =
        new SqsSource(
            new Queue(new QueueName(queue), server.client()),
            HERE,
            sink,
            workers,
            Clocks.system())) {
      source.start();
      await().atMost(Duration.ofSeconds(20)).until(() -> sink.count() == 1);
    }
    return sink.offered().get(0);
  }

  private Message applied(Change change, String queue) {
    assertThat(applyTo(change, queue)).isEqualTo(Outcome.APPLIED);
    List<Message> arrived = server.receiveAll(queue);
    assertThat(arrived).hasSize(1);
    return arrived.get(0);
  }

  private Outcome applyTo(Change change, String queue) {
    try (SqsApplier applier =
        new SqsApplier(new Queue(new QueueName(queue), server.client()), HERE, workers)) {
      return applier.apply(change).toCompletableFuture().join();
    }
  }

  private static MessageAttributeValue value(String type, String text) {
    return MessageAttributeValue.builder().dataType(type).stringValue(text).build();
  }

  private static MessageAttributeValue bytes(String type) {
    return MessageAttributeValue.builder()
        .dataType(type)
        .binaryValue(SdkBytes.fromByteArray(new byte[] {0, 1, (byte) 0xff, (byte) 0x80}))
        .build();
  }
}
