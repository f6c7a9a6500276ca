package io.replicator.sqs;

import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.IntStream;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchResponse;

/**
 * The acknowledger deletes messages that are durable on Kafka from their queue, in batches of ten
 * or, a few milliseconds later, of what there is.
 *
 * <p>What could not be deleted is tried again after a growing pause, while its visibility goes on
 * being extended. A receipt that SQS no longer knows ends the matter here: the message comes again,
 * under the same id, by which it is recognised downstream. Safe for any thread.
 */
final class Acknowledger {
  /** The most delete requests of one queue under way. */
  static final int MOST_REQUESTS = 8;

  private static final int BATCH = 10;
  private static final Duration LINGER = Duration.ofMillis(5);

  private final Queue queue;
  private final Unacknowledged unacknowledged;
  private final Health health;
  private final Workers workers;
  private final GrowingPause pause = new GrowingPause();
  private final Deque<Received> durable = new ArrayDeque<>();
  private int requests;
  private boolean lingering;

  Acknowledger(Queue queue, Unacknowledged unacknowledged, Health health, Workers workers) {
    this.queue = queue;
    this.unacknowledged = unacknowledged;
    this.health = health;
    this.workers = workers;
  }

  /** Deletes a message soon. Called on the sink's threads, so the request is made on another. */
  void acknowledge(Received message) {
    boolean full;
    synchronized (durable) {
      durable.add(message);
      full = durable.size() >= BATCH;
    }
    if (full) {
      workers.execute(() -> deleteWhat(BATCH));
    } else {
      linger();
    }
  }

  private void linger() {
    synchronized (durable) {
      if (lingering || durable.isEmpty()) {
        return;
      }
      lingering = true;
    }
    workers.after(LINGER, this::lingered);
  }

  private void lingered() {
    synchronized (durable) {
      lingering = false;
    }
    deleteWhat(1);
  }

  /** Sends batches while at least so many messages wait. */
  private void deleteWhat(int atLeast) {
    List<Received> batch = next(atLeast);
    while (!batch.isEmpty()) {
      delete(batch);
      batch = next(atLeast);
    }
  }

  private List<Received> next(int atLeast) {
    synchronized (durable) {
      List<Received> batch = new ArrayList<>(BATCH);
      if (durable.size() >= atLeast && requests < MOST_REQUESTS) {
        while (batch.size() < BATCH && !durable.isEmpty()) {
          batch.add(durable.poll());
        }
      }
      requests += batch.isEmpty() ? 0 : 1;
      return batch;
    }
  }

  private void delete(List<Received> batch) {
    List<DeleteMessageBatchRequestEntry> entries =
        IntStream.range(0, batch.size())
            .mapToObj(
                i ->
                    DeleteMessageBatchRequestEntry.builder()
                        .id(Integer.toString(i))
                        .receiptHandle(batch.get(i).receipt())
                        .build())
            .toList();
    health.watch(
        queue
            .request(
                Action.DELETE,
                (sqs, url) ->
                    sqs.deleteMessageBatch(request -> request.queueUrl(url).entries(entries)))
            .handle(
                (answer, failure) -> {
                  if (failure == null) {
                    answered(batch, answer);
                  } else {
                    health.failed(Action.DELETE, Failure.of(Action.DELETE, queue.name(), failure));
                    again(batch);
                  }
                  synchronized (durable) {
                    requests--;
                  }
                  deleteWhat(BATCH);
                  linger();
                  return null;
                }));
  }

  private void answered(List<Received> batch, DeleteMessageBatchResponse answer) {
    List<Received> left = new ArrayList<>(batch);
    for (var entry : answer.successful()) {
      Received deleted = batch.get(Integer.parseInt(entry.id()));
      unacknowledged.remove(deleted);
      left.remove(deleted);
    }
    ReplicationException last = null;
    for (BatchResultErrorEntry entry : answer.failed()) {
      if (Failure.isStaleReceipt(entry)) {
        Received stale = batch.get(Integer.parseInt(entry.id()));
        unacknowledged.remove(stale);
        left.remove(stale);
      } else {
        last = Failure.of(Action.DELETE, queue.name(), entry);
      }
    }
    if (last != null) {
      health.failed(Action.DELETE, last);
    } else {
      health.passed(Action.DELETE);
    }
    if (left.isEmpty()) {
      pause.reset();
    } else {
      again(left);
    }
  }

  private void again(List<Received> messages) {
    workers.after(
        pause.next(),
        () -> {
          synchronized (durable) {
            durable.addAll(messages);
          }
          deleteWhat(1);
        });
  }
}
