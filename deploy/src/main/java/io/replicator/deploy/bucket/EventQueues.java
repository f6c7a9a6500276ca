package io.replicator.deploy.bucket;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;

/** The queues of events in a region's SQS, for one thread; failures are the SDK's own. */
final class EventQueues implements AutoCloseable {
  private final SqsClient client;
  private final Map<String, String> urls = new ConcurrentHashMap<>();

  EventQueues(String region, URI endpoint) {
    client =
        SqsClient.builder()
            .region(Region.of(region))
            .endpointOverride(endpoint)
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create("events", "events")))
            .httpClient(UrlConnectionHttpClient.create())
            .build();
  }

  /**
   * Sends up to ten messages, in order.
   *
   * @throws SdkClientException if one was not taken: then send all again
   */
  void send(String queue, List<String> messages) {
    List<SendMessageBatchRequestEntry> entries = new ArrayList<>();
    for (String message : messages) {
      entries.add(
          SendMessageBatchRequestEntry.builder()
              .id(Integer.toString(entries.size()))
              .messageBody(message)
              .build());
    }
    String url =
        urls.computeIfAbsent(
            queue, name -> client.getQueueUrl(get -> get.queueName(name)).queueUrl());
    var refused = client.sendMessageBatch(send -> send.queueUrl(url).entries(entries)).failed();
    if (!refused.isEmpty()) {
      throw SdkClientException.create(
          "%s did not take an event: %s".formatted(queue, refused.get(0).message()));
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
