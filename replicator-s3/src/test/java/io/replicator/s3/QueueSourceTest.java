package io.replicator.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.replicator.fixture.FakeClock;
import io.replicator.model.Clocks;
import io.replicator.model.FlowState;
import io.replicator.model.Hint;
import io.replicator.spi.HintSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import org.elasticmq.rest.sqs.SQSRestServer;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** Notifications are deleted from their queue only when their hints are durable. */
class QueueSourceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static SQSRestServer server;
  private static S3Clients clients;

  private final RecordingSink sink = new RecordingSink();

  @BeforeAll
  static void start() {
    System.setProperty("aws.accessKeyId", "replicator-test");
    System.setProperty("aws.secretAccessKey", "replicator-test-secret");
    server = SQSRestServerBuilder.withInterface("127.0.0.1").withDynamicPort().start();
    InetSocketAddress address = server.waitUntilStarted().localAddress();
    URI endpoint = URI.create("http://127.0.0.1:" + address.getPort());
    clients = clients(endpoint);
  }

  private static S3Clients clients(URI endpoint) {
    return new S3Clients(
        new Place("us-east-1", Optional.of(endpoint), Optional.empty()),
        Optional.of(endpoint),
        Duration.ofSeconds(20),
        64);
  }

  @AfterAll
  static void stop() {
    clients.close();
    server.stopAndWait();
  }

  private HintSource open(String queue) {
    QueueSource source =
        new QueueSource(
            new NotificationQueue(queue, clients.queue()),
            new Notifications(NotificationsTest.plan(true, false)),
            sink,
            clients.workers(),
            Clocks.system());
    source.start();
    return source;
  }

  @Test
  void hintsComeAndTheirMessagesAreDeleted() {
    create("come", 30);
    for (int i = 0; i < 50; i++) {
      send("come", NotificationsTest.message("ObjectCreated:Put", "photos", "k" + i));
    }
    try (HintSource source = open("come")) {
      await().atMost(PATIENCE).until(() -> new HashSet<>(sink.keys()).size() == 50);
      await().atMost(PATIENCE).until(() -> held("come") == 0);
      assertThat(source.status().condition().state()).isEqualTo(FlowState.RUNNING);
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  source
                      .status()
                      .deliveredUpTo()
                      .filter(upTo -> upTo.isAfter(Instant.now().minusSeconds(10)))
                      .isPresent());
    }
  }

  @Test
  void aQueueThatDoesNotAnswerIsNoticedBeforeARequestIsGivenUp() throws IOException {
    FakeClock clock = new FakeClock();
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        S3Clients others = clients(URI.create("http://127.0.0.1:" + silent.getLocalPort()))) {
      QueueSource source =
          new QueueSource(
              new NotificationQueue("silent", others.queue()),
              new Notifications(NotificationsTest.plan(true, false)),
              sink,
              others.workers(),
              new Clocks(InstantSource.system(), clock));
      source.start();
      await()
          .atMost(Duration.ofSeconds(10))
          .until(
              () -> {
                clock.pass(Duration.ofSeconds(1));
                return source.status().condition().state() == FlowState.BLOCKED;
              });
      assertThat(source.status().condition().reason()).contains("no answer from queue silent");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "soon", "1e3", "9223372036854775807", "99999999999999999999"})
  void aTimeOfSendingThatIsNoneCountsAsNotTold(String sent) {
    var attributes = Map.of(MessageSystemAttributeName.SENT_TIMESTAMP, sent);
    Message message = Message.builder().attributes(attributes).build();
    assertThat(NotificationQueue.sentTime(message)).isEmpty();
  }

  @Test
  void whatIsNotDurableStaysInTheQueueAndHoldsBackTheTime() {
    create("undurable", 1);
    send("undurable", NotificationsTest.message("ObjectRemoved:Delete", "photos", "a"));
    sink.hold();
    try (HintSource source = open("undurable")) {
      await().atMost(PATIENCE).until(() -> !sink.hints().isEmpty());
      Instant event = sink.hints().get(0).time();
      // It comes again when its visibility ends, and is offered again: nothing was deleted.
      await().atMost(PATIENCE).until(() -> sink.hints().size() > 1);
      assertThat(held("undurable")).isEqualTo(1);
      assertThat(source.status().deliveredUpTo())
          .hasValueSatisfying(upTo -> assertThat(upTo).isBeforeOrEqualTo(event));
      sink.release();
      await().atMost(PATIENCE).until(() -> held("undurable") == 0);
    }
  }

  @Test
  void nothingIsReceivedWhileTheSinkIsNotReady() {
    create("full", 30);
    var room = sink.full();
    send("full", NotificationsTest.message("ObjectCreated:Put", "photos", "a"));
    try (HintSource source = open("full")) {
      await().atMost(PATIENCE).until(() -> source.status().waiting().orElse(0) == 1);
      assertThat(attribute("full", QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES)).isEqualTo(1);
      room.complete(null);
      await().atMost(PATIENCE).until(() -> sink.hints().size() == 1);
    }
  }

  @Test
  void aMessageThatCannotBeReadIsLeftAndDegradesTheFlow() {
    create("odd", 30);
    send("odd", "nonsense");
    send("odd", NotificationsTest.message("ObjectCreated:Put", "photos", "after"));
    try (HintSource source = open("odd")) {
      await().atMost(PATIENCE).until(() -> sink.keys().contains("after"));
      await()
          .atMost(PATIENCE)
          .until(() -> source.status().condition().state() == FlowState.DEGRADED);
      assertThat(source.status().condition().hint()).contains("backfill");
      await().atMost(PATIENCE).until(() -> held("odd") == 1);
      source.acceptGap();
      assertThat(source.status().condition().state()).isEqualTo(FlowState.RUNNING);
    }
  }

  @Test
  void aMissingQueueBlocksAndIsFoundOnceItIsThere() {
    try (HintSource source = open("late")) {
      await()
          .atMost(PATIENCE)
          .until(() -> source.status().condition().state() == FlowState.BLOCKED);
      assertThat(source.status().condition().hint()).contains("notifications.queue");
      create("late", 30);
      send("late", NotificationsTest.message("ObjectCreated:Put", "photos", "a"));
      await().atMost(PATIENCE).until(() -> sink.keys().contains("a"));
      assertThat(sink.hints().get(0).kind()).isEqualTo(Hint.Kind.WRITTEN);
      await()
          .atMost(PATIENCE)
          .until(() -> source.status().condition().state() == FlowState.RUNNING);
    }
  }

  private static void create(String name, int visibility) {
    clients
        .queue()
        .createQueue(
            queue ->
                queue
                    .queueName(name)
                    .attributes(
                        Map.of(
                            QueueAttributeName.VISIBILITY_TIMEOUT, Integer.toString(visibility))))
        .join();
  }

  private static void send(String name, String body) {
    clients.queue().sendMessage(m -> m.queueUrl(url(name)).messageBody(body)).join();
  }

  private static long held(String name) {
    return attribute(name, QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES)
        + attribute(name, QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE);
  }

  private static long attribute(String name, QueueAttributeName attribute) {
    return Long.parseLong(
        clients
            .queue()
            .getQueueAttributes(q -> q.queueUrl(url(name)).attributeNames(QueueAttributeName.ALL))
            .join()
            .attributes()
            .get(attribute));
  }

  private static String url(String name) {
    return clients.queue().getQueueUrl(q -> q.queueName(name)).join().queueUrl();
  }
}
