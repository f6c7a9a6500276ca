package io.replicator.sqs;

import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.ChangeMessageVisibilityBatchResponse;

/**
 * The visibility keeper sees to it that a message in hand is delivered to nobody else while it
 * waits for the broker, however long that takes: so its receive count does not run up towards a
 * dead-letter queue, and nothing of its FIFO group overtakes it.
 *
 * <p>When half of a message's time has passed it is extended by the whole. SQS ends this after
 * twelve hours; then the message comes again, under the same id.
 */
final class VisibilityKeeper {
  /** The most requests of one queue under way. */
  static final int LANES = 4;

  private static final int BATCH = 10;
  private static final long NEVER = Long.MAX_VALUE / 4;

  private final io.replicator.sqs.Queue queue;
  private final Unacknowledged unacknowledged;
  private final Health health;
  private final Workers workers;
  private final Duration length;
  private final AtomicBoolean extending = new AtomicBoolean();
  private ScheduledFuture<?> ticking;

  VisibilityKeeper(
      io.replicator.sqs.Queue queue,
      Unacknowledged unacknowledged,
      Health health,
      Workers workers,
      Duration length) {
    this.queue = queue;
    this.unacknowledged = unacknowledged;
    this.health = health;
    this.workers = workers;
    this.length = length;
  }

  /** Returns for how long a message is received, and extended. */
  Duration length() {
    return length;
  }

  synchronized void start() {
    ticking = workers.every(length.dividedBy(8), this::extend);
  }

  synchronized void stop() {
    if (ticking != null) {
      ticking.cancel(false);
    }
  }

  /** Leaves a message in the queue, to be delivered again after a pause. */
  void leave(Received message, Duration pause) {
    health.watch(change(List.of(message), pause));
  }

  /** Makes messages visible to others at once. */
  CompletableFuture<Void> giveBack(Collection<Received> messages) {
    return inBatches(messages, Duration.ZERO);
  }

  private void extend() {
    List<Received> due = unacknowledged.visibleBefore(System.nanoTime() + length.toNanos() / 2);
    if (!due.isEmpty() && extending.compareAndSet(false, true)) {
      health.watch(inBatches(due, length).whenComplete((done, failure) -> extending.set(false)));
    }
  }

  private CompletableFuture<Void> inBatches(Collection<Received> messages, Duration visibility) {
    Queue<Received> left = new ConcurrentLinkedQueue<>(messages);
    return CompletableFuture.allOf(
        Stream.generate(() -> lane(left, visibility))
            .limit(LANES)
            .toArray(CompletableFuture<?>[]::new));
  }

  private CompletableFuture<Void> lane(Queue<Received> left, Duration visibility) {
    List<Received> batch = new ArrayList<>(BATCH);
    Received next = left.poll();
    while (next != null) {
      batch.add(next);
      next = batch.size() < BATCH ? left.poll() : null;
    }
    return batch.isEmpty()
        ? CompletableFuture.completedFuture(null)
        : change(batch, visibility).thenCompose(done -> lane(left, visibility));
  }

  private CompletableFuture<Void> change(List<Received> batch, Duration visibility) {
    long until = System.nanoTime() + visibility.toNanos();
    List<ChangeMessageVisibilityBatchRequestEntry> entries =
        IntStream.range(0, batch.size())
            .mapToObj(
                i ->
                    ChangeMessageVisibilityBatchRequestEntry.builder()
                        .id(Integer.toString(i))
                        .receiptHandle(batch.get(i).receipt())
                        .visibilityTimeout((int) visibility.toSeconds())
                        .build())
            .toList();
    return queue
        .request(
            Action.EXTEND,
            (sqs, url) ->
                sqs.changeMessageVisibilityBatch(request -> request.queueUrl(url).entries(entries)))
        .handle(
            (answer, failure) -> {
              if (failure == null) {
                answered(batch, answer, until);
              } else {
                health.failed(Action.EXTEND, Failure.of(Action.EXTEND, queue.name(), failure));
              }
              return null;
            });
  }

  private void answered(
      List<Received> batch, ChangeMessageVisibilityBatchResponse answer, long until) {
    answer.successful().forEach(entry -> batch.get(Integer.parseInt(entry.id())).extend(until));
    ReplicationException last = null;
    for (var entry : answer.failed()) {
      if (Failure.isStaleReceipt(entry)) {
        batch.get(Integer.parseInt(entry.id())).extend(System.nanoTime() + NEVER);
      } else {
        last = Failure.of(Action.EXTEND, queue.name(), entry);
      }
    }
    if (last == null) {
      health.passed(Action.EXTEND);
    } else {
      health.failed(Action.EXTEND, last);
    }
  }
}
