package io.replicator.sqs;

import io.replicator.model.Change;
import io.replicator.model.Region;
import io.replicator.spi.Applier;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.ReplicationException.Kind;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchResponse;

/**
 * The SQS applier sends the changes of one origin to the target queue.
 *
 * <p>It batches by itself: a change goes out at once when no request is under way, else with the
 * next batch, which leaves when it is full or when an answer comes. Requests under way are bounded
 * in number and bytes. A queue keeps no history, so a change that is applied twice is sent twice
 * (but for the five minutes in which a FIFO queue remembers): the caller must remember.
 *
 * <p>A call ends within a minute: its last request begins within {@link Outbox#LONGEST_WAIT}, and
 * the look-up of the URL and the request itself take {@link SqsClients#CALL_TIMEOUT} at most each.
 */
final class SqsApplier implements Applier {
  private static final Logger LOG = LoggerFactory.getLogger(SqsApplier.class);

  /** The most requests under way. */
  static final int MOST_REQUESTS = 8;

  /** The most bytes of messages under way: each is held some four times while it is sent. */
  private static final long MOST_BYTES = 4L << 20;

  private final Queue queue;
  private final Region origin;
  private final Workers workers;
  private final Outbox outbox = new Outbox();
  private volatile boolean groups = true;
  private int requests;
  private long bytes;

  SqsApplier(Queue queue, Region origin, Workers workers) {
    this.queue = queue;
    this.origin = origin;
    this.workers = workers;
  }

  @Override
  public CompletionStage<Outcome> apply(Change change) {
    Outbox.Letter letter;
    try {
      letter = new Outbox.Letter(OutgoingMessage.of(change, origin, queue.name().fifo()));
    } catch (ReplicationException poison) {
      return CompletableFuture.failedFuture(poison);
    }
    outbox.add(letter);
    boolean go;
    synchronized (this) {
      go = requests == 0 || outbox.full();
    }
    if (go) {
      // Not on the caller's thread: making a request may have to fetch credentials.
      workers.execute(() -> sendWhatWaits(false));
    }
    return letter.outcome();
  }

  private void sendWhatWaits(boolean atOnce) {
    boolean evenPartial = atOnce;
    List<Outbox.Letter> batch = next(evenPartial);
    while (!batch.isEmpty()) {
      send(batch);
      evenPartial = false;
      batch = next(evenPartial);
    }
  }

  private synchronized List<Outbox.Letter> next(boolean evenPartial) {
    if (requests >= MOST_REQUESTS
        || bytes >= MOST_BYTES
        || (requests > 0 && !evenPartial && !outbox.full())) {
      return List.of();
    }
    List<Outbox.Letter> batch = outbox.next();
    requests += batch.isEmpty() ? 0 : 1;
    bytes += size(batch);
    return batch;
  }

  private void send(List<Outbox.Letter> batch) {
    var unused =
        request(batch, groups)
            .whenComplete(
                (done, failure) -> {
                  if (failure != null) {
                    batch.forEach(letter -> letter.outcome().completeExceptionally(failure));
                  }
                  synchronized (this) {
                    requests--;
                    bytes -= size(batch);
                  }
                  expire();
                  sendWhatWaits(true);
                });
  }

  /**
   * Sends a batch and completes its letters; the future says when that is done.
   *
   * @param grouped whether messages to a standard queue keep their group
   */
  private CompletableFuture<Void> request(List<Outbox.Letter> batch, boolean grouped) {
    List<Outbox.Letter> sent = new ArrayList<>(batch.size());
    List<SendMessageBatchRequestEntry> entries = new ArrayList<>(batch.size());
    for (Outbox.Letter letter : batch) {
      if (letter.late()) {
        letter.fail(tooSlow());
        continue;
      }
      try {
        entries.add(letter.message().entry(Integer.toString(sent.size()), grouped));
        sent.add(letter);
      } catch (ReplicationException poison) {
        letter.fail(poison);
      }
    }
    if (sent.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    return queue
        .request(
            Action.SEND,
            (sqs, url) -> sqs.sendMessageBatch(request -> request.queueUrl(url).entries(entries)))
        .thenCompose(answer -> answered(sent, answer, grouped))
        .exceptionallyCompose(
            failure -> failed(sent, Failure.of(Action.SEND, queue.name(), failure), grouped));
  }

  private CompletableFuture<Void> answered(
      List<Outbox.Letter> batch, SendMessageBatchResponse answer, boolean grouped) {
    Set<Outbox.Letter> silent = new LinkedHashSet<>(batch);
    for (var entry : answer.successful()) {
      Outbox.Letter letter = batch.get(Integer.parseInt(entry.id()));
      silent.remove(letter);
      if (!grouped && letter.message().hasOptionalGroup()) {
        leaveGroupsOut();
      }
      letter.outcome().complete(Outcome.APPLIED);
    }
    List<CompletableFuture<Void>> repeated = new ArrayList<>();
    for (BatchResultErrorEntry entry : answer.failed()) {
      Outbox.Letter letter = batch.get(Integer.parseInt(entry.id()));
      silent.remove(letter);
      repeated.add(refused(letter, Failure.of(Action.SEND, queue.name(), entry), grouped));
    }
    silent.forEach(
        letter -> letter.fail(waits("the answer of queue " + queue.name() + " left it out")));
    return CompletableFuture.allOf(repeated.toArray(CompletableFuture<?>[]::new));
  }

  /** A batch that was refused for one entry's fault is sent entry by entry, to find which. */
  private CompletableFuture<Void> failed(
      List<Outbox.Letter> batch, ReplicationException failure, boolean grouped) {
    if (batch.size() == 1) {
      return refused(batch.get(0), failure, grouped);
    }
    if (failure.kind() == Kind.POISON) {
      return CompletableFuture.allOf(
          batch.stream()
              .map(letter -> request(List.of(letter), grouped))
              .toArray(CompletableFuture<?>[]::new));
    }
    batch.forEach(letter -> letter.fail(failure));
    return CompletableFuture.completedFuture(null);
  }

  /**
   * A message at fault goes once more without its group where it can do without: a server that
   * knows no groups in standard queues would else make dead letters of all that have one.
   */
  private CompletableFuture<Void> refused(
      Outbox.Letter letter, ReplicationException failure, boolean grouped) {
    if (failure.kind() == Kind.POISON && grouped && letter.message().hasOptionalGroup()) {
      return request(List.of(letter), false);
    }
    letter.fail(failure);
    return CompletableFuture.completedFuture(null);
  }

  private void leaveGroupsOut() {
    if (groups) {
      groups = false;
      LOG.warn("{} takes no message groups: messages go there without", queue);
    }
  }

  private void expire() {
    outbox.expired().forEach(letter -> letter.fail(tooSlow()));
  }

  private ReplicationException tooSlow() {
    return waits("queue " + queue.name() + " is too slow");
  }

  private static ReplicationException waits(String reason) {
    return new ReplicationException(Kind.TRANSIENT, "message not sent: " + reason, "", null);
  }

  private static long size(List<Outbox.Letter> batch) {
    return batch.stream().mapToLong(letter -> letter.message().size()).sum();
  }

  @Override
  public void close() {
    outbox.all().forEach(letter -> letter.fail(waits("the applier was closed")));
  }
}
