package io.replicator.sqs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProviderChain;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;

/** What AWS answers to an agent without the right, through the real client. */
class RefusalTest {
  private static final String DENIED =
      "{\"__type\":\"com.amazon.coral.service#AccessDeniedException\","
          + "\"message\":\"User: arn:aws:iam::123456789012:user/agent is not authorized\"}";

  private HttpServer server;
  private volatile String refused = "";
  private volatile int status;
  private volatile String answer = "";

  @BeforeEach
  void startServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stopServer() {
    server.stop(0);
  }

  @ParameterizedTest
  @CsvSource({
    "GetQueueUrl, sqs:GetQueueUrl",
    "GetQueueAttributes, sqs:GetQueueAttributes",
    "ReceiveMessage, sqs:ReceiveMessage",
    "DeleteMessageBatch, sqs:DeleteMessage",
    "ChangeMessageVisibilityBatch, sqs:ChangeMessageVisibility",
    "SendMessageBatch, sqs:SendMessage",
  })
  void whatIsNotAllowedIsBlockedAndNamesQueueAndPermission(String operation, String permission) {
    refused = operation;
    status = 400;
    answer = DENIED;

    ReplicationException failure = failure(operation, known());
    assertThat(failure.kind()).isEqualTo(Kind.BLOCKED);
    assertThat(failure).hasMessageContaining("queue orders").hasMessageContaining("AccessDenied");
    assertThat(failure.hint())
        .isEqualTo("allow this agent the action " + permission + " on queue orders");
  }

  @ParameterizedTest
  @CsvSource({
    "UnrecognizedClientException, 400",
    "InvalidClientTokenId, 403",
    "InvalidSignatureException, 400",
    "ExpiredTokenException, 400"
  })
  void wrongCredentialsAreBlockedAndNameTheQueue(String code, int httpStatus) {
    refused = "GetQueueUrl";
    status = httpStatus;
    answer = "{\"__type\":\"com.amazon.coral.service#" + code + "\",\"message\":\"invalid\"}";

    ReplicationException failure = failure("ReceiveMessage", known());
    assertThat(failure.kind()).isEqualTo(Kind.BLOCKED);
    assertThat(failure).hasMessageContaining("queue orders").hasMessageContaining(code);
    assertThat(failure.hint()).contains("does not know this agent's AWS credentials");
  }

  @Test
  void missingCredentialsAreSaidInOneSentence() {
    AwsCredentialsProvider none =
        AwsCredentialsProviderChain.of(
            () -> {
              throw new IllegalStateException("a secret place");
            });

    ReplicationException failure = failure("ReceiveMessage", none);
    assertThat(failure.kind()).isEqualTo(Kind.BLOCKED);
    assertThat(failure).hasMessageEndingWith("at queue orders: no AWS credentials were found");
    assertThat(failure.hint()).contains("AWS_ACCESS_KEY_ID");
  }

  private ReplicationException failure(String operation, AwsCredentialsProvider credentials) {
    try (SqsAsyncClient client =
        SqsAsyncClient.builder()
            .endpointOverride(URI.create("http://127.0.0.1:" + server.getAddress().getPort()))
            .region(Region.US_EAST_1)
            .credentialsProvider(credentials)
            .build()) {
      request(new Queue(new QueueName("orders"), client), operation).join();
      throw new AssertionError(operation + " was not refused");
    } catch (CompletionException e) {
      return (ReplicationException) e.getCause();
    }
  }

  private static CompletableFuture<?> request(Queue queue, String operation) {
    return switch (operation) {
      case "GetQueueUrl", "ReceiveMessage" ->
          queue.request(Action.RECEIVE, (sqs, url) -> sqs.receiveMessage(ask -> ask.queueUrl(url)));
      case "DeleteMessageBatch" ->
          queue.request(
              Action.DELETE,
              (sqs, url) ->
                  sqs.deleteMessageBatch(
                      ask ->
                          ask.queueUrl(url)
                              .entries(
                                  DeleteMessageBatchRequestEntry.builder()
                                      .id("0")
                                      .receiptHandle("r")
                                      .build())));
      case "ChangeMessageVisibilityBatch" ->
          queue.request(
              Action.EXTEND,
              (sqs, url) ->
                  sqs.changeMessageVisibilityBatch(
                      ask ->
                          ask.queueUrl(url)
                              .entries(
                                  ChangeMessageVisibilityBatchRequestEntry.builder()
                                      .id("0")
                                      .receiptHandle("r")
                                      .build())));
      case "SendMessageBatch" ->
          queue.request(
              Action.SEND,
              (sqs, url) ->
                  sqs.sendMessageBatch(
                      ask ->
                          ask.queueUrl(url)
                              .entries(
                                  SendMessageBatchRequestEntry.builder()
                                      .id("0")
                                      .messageBody("b")
                                      .build())));
      default -> queue.facts();
    };
  }

  private static AwsCredentialsProvider known() {
    return StaticCredentialsProvider.create(AwsBasicCredentials.create("any", "any"));
  }

  private void answer(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
    boolean refuses = target.equals("AmazonSQS." + refused);
    byte[] body =
        (refuses ? answer : "{\"QueueUrl\":\"http://127.0.0.1/000000000000/orders\"}")
            .getBytes(UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.0");
    exchange.sendResponseHeaders(refuses ? status : 200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
