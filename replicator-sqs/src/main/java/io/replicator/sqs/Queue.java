package io.replicator.sqs;

import io.replicator.spi.ReplicationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.model.GetQueueUrlResponse;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/**
 * A queue of the local SQS, and the way requests are made to it.
 *
 * <p>Its URL is looked up when first needed and again after the queue was found missing, so that a
 * queue that is created late, or anew, is found. Safe for any thread.
 */
final class Queue {
  private final QueueName name;
  private final SqsAsyncClient client;
  private CompletableFuture<String> url;

  Queue(QueueName name, SqsAsyncClient client) {
    this.name = name;
    this.client = client;
  }

  QueueName name() {
    return name;
  }

  /**
   * Makes a request, given the queue's URL.
   *
   * @return its answer; fails with a {@link ReplicationException} only
   */
  <T> CompletableFuture<T> request(
      Action action, BiFunction<SqsAsyncClient, String, CompletableFuture<T>> request) {
    return url()
        .thenCompose(found -> request.apply(client, found))
        .exceptionally(
            failure -> {
              if (Failure.isMissingQueue(failure)) {
                forgetUrl();
              }
              throw Failure.of(action, name, failure);
            });
  }

  /** Reads what the queue tells of itself. */
  CompletableFuture<QueueFacts> facts() {
    return request(
            Action.INSPECT,
            (sqs, found) ->
                sqs.getQueueAttributes(
                    ask -> ask.queueUrl(found).attributeNames(QueueAttributeName.ALL)))
        .thenApply(answer -> QueueFacts.of(answer.attributes()));
  }

  private synchronized CompletableFuture<String> url() {
    if (url == null || url.isCompletedExceptionally()) {
      url =
          client
              .getQueueUrl(ask -> ask.queueName(name.text()))
              .thenApply(GetQueueUrlResponse::queueUrl)
              .exceptionally(
                  failure -> {
                    throw Failure.of(Action.LOOK_UP, name, failure);
                  });
    }
    return url;
  }

  private synchronized void forgetUrl() {
    url = null;
  }

  @Override
  public String toString() {
    return "queue " + name;
  }
}
