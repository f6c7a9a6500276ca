package io.replicator.it;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;

/** An ordinary client of one region's queues, with the bulk operations that load needs. */
final class Queues implements AutoCloseable {
  private static final int BATCH = 10;
  private static final int BATCH_BYTES = 900_000;

  private final SqsAsyncClient client;
  private final Map<String, String> urls = new ConcurrentHashMap<>();

  Queues(String region, URI endpoint) {
    client =
        SqsAsyncClient.builder()
            .region(Region.of(region))
            .endpointOverride(endpoint)
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create("any", "any")))
            .httpClientBuilder(
                NettyNioAsyncHttpClient.builder()
                    .maxConcurrency(64)
                    .readTimeout(Duration.ofSeconds(60)))
            .build();
  }

  SqsAsyncClient client() {
    return client;
  }

  String url(String queue) {
    return urls.computeIfAbsent(
        queue, name -> client.getQueueUrl(get -> get.queueName(name)).join().queueUrl());
  }

  void create(String queue, Map<QueueAttributeName, String> attributes) {
    client.createQueue(create -> create.queueName(queue).attributes(attributes)).join();
  }

  /** Deletes a queue with all that is in it. */
  void drop(String queue) {
    client.deleteQueue(delete -> delete.queueUrl(url(queue))).join();
    urls.remove(queue);
  }

  /** Sends letters in batches, several at once; returns when all are acknowledged. */
  void send(String queue, List<Letter> letters) {
    Semaphore places = new Semaphore(8);
    List<CompletableFuture<?>> sends = new ArrayList<>();
    for (List<Letter> batch : batches(letters)) {
      places.acquireUninterruptibly();
      sends.add(sendBatch(queue, batch).whenComplete((sent, failure) -> places.release()));
    }
    sends.forEach(CompletableFuture::join);
  }

  /** Sends letters one after the other, each to the group of its number; keeps their order. */
  void sendInOrder(String queue, List<Letter> letters, int groups) {
    for (List<Letter> batch : batches(letters)) {
      List<SendMessageBatchRequestEntry> entries =
          batch.stream()
              .map(
                  letter ->
                      entry(letter).toBuilder()
                          .messageGroupId("group-" + letter.number() % groups)
                          .messageDeduplicationId(letter.name().replace('/', '_'))
                          .build())
              .toList();
      require(client.sendMessageBatch(send -> send.queueUrl(url(queue)).entries(entries)));
    }
  }

  void send(String queue, Letter letter) {
    send(queue, List.of(letter));
  }

  /** Receives up to ten messages, hidden until deleted. */
  List<Message> receive(String queue, int waitSeconds) {
    return receiving(queue, waitSeconds).join();
  }

  CompletableFuture<List<Message>> receiving(String queue, int waitSeconds) {
    return client
        .receiveMessage(
            receive ->
                receive
                    .queueUrl(url(queue))
                    .maxNumberOfMessages(BATCH)
                    .waitTimeSeconds(waitSeconds)
                    .messageAttributeNames("All")
                    .messageSystemAttributeNames(MessageSystemAttributeName.ALL))
        .thenApply(received -> received.messages());
  }

  CompletableFuture<?> delete(String queue, List<Message> messages) {
    List<DeleteMessageBatchRequestEntry> entries = new ArrayList<>();
    for (Message message : messages) {
      entries.add(
          DeleteMessageBatchRequestEntry.builder()
              .id("m" + entries.size())
              .receiptHandle(message.receiptHandle())
              .build());
    }
    return client.deleteMessageBatch(delete -> delete.queueUrl(url(queue)).entries(entries));
  }

  /** Returns how many messages a queue holds, visible, in flight or delayed. */
  long size(String queue) {
    Map<QueueAttributeName, String> facts = facts(queue);
    return Long.parseLong(facts.get(QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES))
        + hidden(facts);
  }

  /** Returns how many messages were received and are not deleted. */
  long hidden(String queue) {
    return hidden(facts(queue));
  }

  private static long hidden(Map<QueueAttributeName, String> facts) {
    return Long.parseLong(facts.get(QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE));
  }

  private Map<QueueAttributeName, String> facts(String queue) {
    return client
        .getQueueAttributes(get -> get.queueUrl(url(queue)).attributeNames(QueueAttributeName.ALL))
        .join()
        .attributes();
  }

  @Override
  public void close() {
    client.close();
  }

  private CompletableFuture<?> sendBatch(String queue, List<Letter> letters) {
    List<SendMessageBatchRequestEntry> entries = letters.stream().map(Queues::entry).toList();
    return client
        .sendMessageBatch(send -> send.queueUrl(url(queue)).entries(entries))
        .thenAccept(
            sent -> {
              if (!sent.failed().isEmpty()) {
                throw new AssertionError("refused: " + sent.failed());
              }
            });
  }

  private static void require(
      CompletableFuture<software.amazon.awssdk.services.sqs.model.SendMessageBatchResponse> send) {
    var sent = send.join();
    if (!sent.failed().isEmpty()) {
      throw new AssertionError("refused: " + sent.failed());
    }
  }

  private static SendMessageBatchRequestEntry entry(Letter letter) {
    return SendMessageBatchRequestEntry.builder()
        .id("m" + letter.number())
        .messageBody(letter.body())
        .messageAttributes(letter.attributes())
        .build();
  }

  private static List<List<Letter>> batches(List<Letter> letters) {
    List<List<Letter>> batches = new ArrayList<>();
    List<Letter> batch = new ArrayList<>();
    int bytes = 0;
    for (Letter letter : letters) {
      // A character may take three bytes.
      int size = 2 * letter.bytes() + 500;
      if (!batch.isEmpty() && (batch.size() == BATCH || bytes + size > BATCH_BYTES)) {
        batches.add(batch);
        batch = new ArrayList<>();
        bytes = 0;
      }
      batch.add(letter);
      bytes += size;
    }
    if (!batch.isEmpty()) {
      batches.add(batch);
    }
    return batches;
  }
}
