package io.replicator.sqs;

import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.elasticmq.rest.sqs.SQSRestServer;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;

/** A real SQS server in this JVM, on a free port of the loopback interface. */
final class QueueServer implements AutoCloseable {
  private final SQSRestServer server;
  private final URI endpoint;
  private final SqsAsyncClient client;
  private final List<SqsAsyncClient> clients = new ArrayList<>();

  private QueueServer(SQSRestServer server, int port) {
    this.server = server;
    this.endpoint = URI.create("http://127.0.0.1:" + port);
    this.client = client();
  }

  static QueueServer start() {
    SQSRestServer server =
        SQSRestServerBuilder.withInterface("127.0.0.1").withDynamicPort().start();
    InetSocketAddress address = server.waitUntilStarted().localAddress();
    return new QueueServer(server, address.getPort());
  }

  URI endpoint() {
    return endpoint;
  }

  /** Returns a client of its own for what is tested, with what watches or disturbs it. */
  SqsAsyncClient client(ExecutionInterceptor... interceptors) {
    SqsAsyncClient made =
        SqsAsyncClient.builder()
            .endpointOverride(endpoint)
            // Spoiled answers keep their old checksums.
            .checksumValidationEnabled(interceptors.length == 0)
            .region(Region.US_EAST_1)
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create("any", "any")))
            .overrideConfiguration(
                override ->
                    override
                        .executionInterceptors(List.of(interceptors))
                        .apiCallTimeout(Duration.ofSeconds(15)))
            .build();
    clients.add(made);
    return made;
  }

  /** Creates a queue. */
  void create(String name, Map<QueueAttributeName, String> attributes) {
    client.createQueue(queue -> queue.queueName(name).attributes(attributes)).join();
  }

  void create(String name) {
    create(name, name.endsWith(".fifo") ? Map.of(QueueAttributeName.FIFO_QUEUE, "true") : Map.of());
  }

  void delete(String name) {
    client.deleteQueue(queue -> queue.queueUrl(url(name))).join();
  }

  /** Sends a message to a standard queue. */
  String send(String name, String body) {
    return client.sendMessage(m -> m.queueUrl(url(name)).messageBody(body)).join().messageId();
  }

  /** Sends messages {@code first} to {@code last} as {@code <group>-<n>}. */
  void sendNumbered(String name, String group, int first, int last) {
    String url = url(name);
    for (int from = first; from <= last; from += 10) {
      int start = from;
      List<SendMessageBatchRequestEntry> entries =
          IntStream.rangeClosed(start, Math.min(last, start + 9))
              .mapToObj(
                  n -> {
                    var entry =
                        SendMessageBatchRequestEntry.builder()
                            .id("m" + n)
                            .messageBody(group + "-" + n);
                    if (name.endsWith(".fifo")) {
                      entry.messageGroupId(group).messageDeduplicationId(group + "-" + n);
                    }
                    return entry.build();
                  })
              .toList();
      client.sendMessageBatch(batch -> batch.queueUrl(url).entries(entries)).join();
    }
  }

  /** Receives and deletes up to ten messages, waiting a moment for the first. */
  List<Message> receive(String name) {
    String url = url(name);
    List<Message> messages =
        client
            .receiveMessage(
                r ->
                    r.queueUrl(url)
                        .maxNumberOfMessages(10)
                        .waitTimeSeconds(1)
                        .messageAttributeNames("All")
                        .messageSystemAttributeNames(MessageSystemAttributeName.ALL))
            .join()
            .messages();
    if (!messages.isEmpty()) {
      List<DeleteMessageBatchRequestEntry> entries =
          messages.stream()
              .map(
                  m ->
                      DeleteMessageBatchRequestEntry.builder()
                          .id(m.messageId())
                          .receiptHandle(m.receiptHandle())
                          .build())
              .toList();
      client.deleteMessageBatch(batch -> batch.queueUrl(url).entries(entries)).join();
    }
    return messages;
  }

  /** Receives and deletes until nothing more comes. */
  List<Message> receiveAll(String name) {
    List<Message> all = new ArrayList<>();
    List<Message> some = receive(name);
    while (!some.isEmpty()) {
      all.addAll(some);
      some = receive(name);
    }
    return all;
  }

  /** Returns how many messages the queue holds, received ones included. */
  long held(String name) {
    return attribute(name, QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES)
        + attribute(name, QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE);
  }

  /** Returns how many messages can be received now. */
  long visible(String name) {
    return attribute(name, QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES);
  }

  private long attribute(String name, QueueAttributeName attribute) {
    return Long.parseLong(
        client
            .getQueueAttributes(q -> q.queueUrl(url(name)).attributeNames(QueueAttributeName.ALL))
            .join()
            .attributes()
            .get(attribute));
  }

  String url(String name) {
    return client.getQueueUrl(q -> q.queueName(name)).join().queueUrl();
  }

  SqsAsyncClient plain() {
    return client;
  }

  @Override
  public void close() {
    clients.forEach(SqsAsyncClient::close);
    server.stopAndWait();
  }
}
