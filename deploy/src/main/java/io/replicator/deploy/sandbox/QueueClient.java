package io.replicator.deploy.sandbox;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;

/**
 * A queue client is an ordinary user of a region's queues: it knows nothing of replication.
 * Thread-safe; failures are the SDK's own.
 */
public final class QueueClient implements AutoCloseable {
  private final SqsClient client;
  private final Map<String, String> urls = new ConcurrentHashMap<>();

  /** A client of the queue server at an endpoint. */
  public QueueClient(String region, URI endpoint) {
    client =
        SqsClient.builder()
            .region(Region.of(region))
            .endpointOverride(endpoint)
            .credentialsProvider(
                StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(SandboxFile.ACCESS_KEY, SandboxFile.SECRET_KEY)))
            .httpClient(
                UrlConnectionHttpClient.builder().socketTimeout(Duration.ofSeconds(30)).build())
            .build();
  }

  /** Sends a message with text attributes and returns its id. */
  public String send(String queue, String body, Map<String, String> attributes) {
    Map<String, MessageAttributeValue> typed =
        attributes.entrySet().stream()
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey,
                    entry ->
                        MessageAttributeValue.builder()
                            .dataType("String")
                            .stringValue(entry.getValue())
                            .build()));
    return client
        .sendMessage(send -> send.queueUrl(url(queue)).messageBody(body).messageAttributes(typed))
        .messageId();
  }

  /** Receives up to ten messages, waiting for the first; they stay hidden until deleted. */
  public List<Message> receive(String queue, int most, Duration wait) {
    return client
        .receiveMessage(
            receive ->
                receive
                    .queueUrl(url(queue))
                    .maxNumberOfMessages(most)
                    .waitTimeSeconds((int) wait.toSeconds())
                    .messageAttributeNames("All"))
        .messages();
  }

  /** Deletes messages that were received. */
  public void delete(String queue, List<Message> messages) {
    if (messages.isEmpty()) {
      return;
    }
    List<DeleteMessageBatchRequestEntry> entries =
        messages.stream()
            .map(
                message ->
                    DeleteMessageBatchRequestEntry.builder()
                        .id(Integer.toString(messages.indexOf(message)))
                        .receiptHandle(message.receiptHandle())
                        .build())
            .toList();
    client.deleteMessageBatch(delete -> delete.queueUrl(url(queue)).entries(entries));
  }

  @Override
  public void close() {
    client.close();
  }

  private String url(String queue) {
    return urls.computeIfAbsent(
        queue, name -> client.getQueueUrl(get -> get.queueName(name)).queueUrl());
  }
}
