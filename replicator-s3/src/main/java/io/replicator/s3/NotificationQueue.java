package io.replicator.s3;

import io.replicator.model.Era;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.GetQueueUrlResponse;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageResponse;

/**
 * The queue to which a bucket's notifications go, and the requests made to it. Its URL is looked up
 * when first needed and again after the queue was missing. Safe for any thread; futures fail with
 * {@link io.replicator.spi.ReplicationException} only.
 */
final class NotificationQueue {
  private static final int WAIT_SECONDS = 1;
  private static final int MOST = 10;
  private static final Duration DEFAULT_VISIBILITY = Duration.ofSeconds(30);

  private final String name;
  private final SqsAsyncClient client;
  private CompletableFuture<String> url;

  /**
   * What a queue tells of itself.
   *
   * @param waiting messages that can be received, approximately
   * @param retention how long a message is kept
   * @param visibility how long a received message stays invisible to others
   * @param arn its name in policies, if the server has such names
   * @param redrives whether it sets aside what was received too often
   */
  record Facts(
      OptionalLong waiting,
      Optional<Duration> retention,
      Duration visibility,
      Optional<String> arn,
      boolean redrives) {}

  NotificationQueue(String name, SqsAsyncClient client) {
    this.name = name;
    this.client = client;
  }

  CompletableFuture<ReceiveMessageResponse> receive() {
    return request(
        Action.RECEIVE,
        (sqs, at) ->
            sqs.receiveMessage(
                ask ->
                    ask.queueUrl(at)
                        .waitTimeSeconds(WAIT_SECONDS)
                        .maxNumberOfMessages(MOST)
                        .messageSystemAttributeNames(MessageSystemAttributeName.SENT_TIMESTAMP)));
  }

  /** Deletes messages; one whose receipt is no longer known comes again, which does no harm. */
  CompletableFuture<Void> delete(List<Message> messages) {
    if (messages.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    List<DeleteMessageBatchRequestEntry> entries =
        IntStream.range(0, messages.size())
            .mapToObj(
                i ->
                    DeleteMessageBatchRequestEntry.builder()
                        .id(Integer.toString(i))
                        .receiptHandle(messages.get(i).receiptHandle())
                        .build())
            .toList();
    return request(
            Action.ACKNOWLEDGE,
            (sqs, at) -> sqs.deleteMessageBatch(batch -> batch.queueUrl(at).entries(entries)))
        .thenApply(done -> null);
  }

  /** Leaves messages in the queue, to be delivered again after a while. */
  CompletableFuture<Void> leave(List<Message> messages, Duration pause) {
    if (messages.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    List<ChangeMessageVisibilityBatchRequestEntry> entries =
        IntStream.range(0, messages.size())
            .mapToObj(
                i ->
                    ChangeMessageVisibilityBatchRequestEntry.builder()
                        .id(Integer.toString(i))
                        .receiptHandle(messages.get(i).receiptHandle())
                        .visibilityTimeout((int) pause.toSeconds())
                        .build())
            .toList();
    return request(
            Action.LEAVE,
            (sqs, at) ->
                sqs.changeMessageVisibilityBatch(batch -> batch.queueUrl(at).entries(entries)))
        .thenApply(done -> null);
  }

  CompletableFuture<Facts> facts() {
    return request(
            Action.INSPECT_QUEUE,
            (sqs, at) ->
                sqs.getQueueAttributes(
                    ask -> ask.queueUrl(at).attributeNames(QueueAttributeName.ALL)))
        .thenApply(answer -> facts(answer.attributes()));
  }

  private static Facts facts(Map<QueueAttributeName, String> attributes) {
    String waiting = attributes.get(QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES);
    String retention = attributes.get(QueueAttributeName.MESSAGE_RETENTION_PERIOD);
    String visibility = attributes.get(QueueAttributeName.VISIBILITY_TIMEOUT);
    return new Facts(
        waiting == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(waiting)),
        Optional.ofNullable(retention).map(Long::parseLong).map(Duration::ofSeconds),
        visibility == null ? DEFAULT_VISIBILITY : Duration.ofSeconds(Long.parseLong(visibility)),
        Optional.ofNullable(attributes.get(QueueAttributeName.QUEUE_ARN)),
        attributes.containsKey(QueueAttributeName.REDRIVE_POLICY));
  }

  /** Returns when the queue took a message, if it tells. */
  static Optional<Instant> sentTime(Message message) {
    String sent = message.attributes().get(MessageSystemAttributeName.SENT_TIMESTAMP);
    try {
      return Optional.ofNullable(sent)
          .map(millis -> Era.checked(Instant.ofEpochMilli(Long.parseLong(millis))));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // as good as none
    }
  }

  private <T> CompletableFuture<T> request(
      Action action, BiFunction<SqsAsyncClient, String, CompletableFuture<T>> request) {
    return url()
        .thenCompose(found -> request.apply(client, found))
        .exceptionally(
            failure -> {
              forgetUrlUnlessKnown(failure);
              throw Failure.of(action, toString(), failure);
            });
  }

  private synchronized CompletableFuture<String> url() {
    if (url == null || url.isCompletedExceptionally()) {
      url =
          client
              .getQueueUrl(ask -> ask.queueName(name))
              .thenApply(GetQueueUrlResponse::queueUrl)
              .exceptionally(
                  failure -> {
                    throw Failure.of(Action.LOOK_UP_QUEUE, toString(), failure);
                  });
    }
    return url;
  }

  private synchronized void forgetUrlUnlessKnown(Throwable failure) {
    if (Failure.isStatus(failure, 400, 404)) {
      url = null;
    }
  }

  @Override
  public String toString() {
    return "queue " + name;
  }
}
