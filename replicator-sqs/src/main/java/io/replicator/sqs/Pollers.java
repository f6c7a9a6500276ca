package io.replicator.sqs;

import io.replicator.spi.ChangeSink;
import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageResponse;

/**
 * The pollers receive. One polls for ever; each full answer adds one more, up to eight, and each
 * empty or failed one, or one for which the sink was not ready, removes it again. None asks while
 * enough is in hand, for whatever reason: what is durable on Kafka and cannot be deleted would be
 * captured again after a crash, and without a bound all of the queue would end up so.
 *
 * <p>A long poll waits one second. A longer wait would cost less (one second is 2.6 million
 * requests a month for each idle queue, about a dollar), but an idle flow's progress is only known
 * when an empty poll ends, and its lag has to stay under three seconds, heartbeats and mirror
 * included.
 *
 * <p>More pollers do no harm to a FIFO group's order: SQS delivers nothing more of a group while a
 * message of it is in hand. All runs on the store's workers; a poller is a chain of futures.
 */
final class Pollers {
  /** The most pollers of one queue. */
  static final int MOST = 8;

  private static final int PERMANENT = 0;
  private static final Duration WAIT = Duration.ofSeconds(1);

  private final Queue queue;
  private final ChangeSink sink;
  private final Intake intake;
  private final Unacknowledged unacknowledged;
  private final Progress progress;
  private final Health health;
  private final Workers workers;
  private final InstantSource clock;
  private final Duration visibility;
  private final PollSize size = new PollSize();
  private final GrowingPause pause = new GrowingPause();
  private final Set<Integer> receiving = new HashSet<>();
  private final Set<Integer> active = new HashSet<>();
  private final CompletableFuture<Void> stopped = new CompletableFuture<>();
  private boolean stopping;

  Pollers(
      Queue queue,
      ChangeSink sink,
      Intake intake,
      Unacknowledged unacknowledged,
      Progress progress,
      Health health,
      Workers workers,
      InstantSource clock,
      Duration visibility) {
    this.queue = queue;
    this.sink = sink;
    this.intake = intake;
    this.unacknowledged = unacknowledged;
    this.progress = progress;
    this.health = health;
    this.workers = workers;
    this.clock = clock;
    this.visibility = visibility;
  }

  void start() {
    synchronized (this) {
      active.add(PERMANENT);
    }
    poll(PERMANENT);
  }

  /** Asks for nothing more; the future completes when no request is under way. */
  synchronized CompletableFuture<Void> stop() {
    stopping = true;
    if (receiving.isEmpty()) {
      stopped.complete(null);
    }
    return stopped;
  }

  private void poll(int poller) {
    poll(poller, ready());
  }

  /** There is room first, since that may take long, and the sink's answer is not to be old. */
  private CompletableFuture<Void> ready() {
    return unacknowledged.room().thenCompose(room -> sink.ready());
  }

  private void poll(int poller, CompletableFuture<Void> ready) {
    if (poller != PERMANENT && !ready.isDone()) {
      leave(poller);
      return;
    }
    health.watch(
        // Not on the thread that opened the way: making a request may have to fetch credentials.
        ready.handleAsync(
            (nothing, closed) -> {
              if (closed == null && !unacknowledged.hasRoom()) {
                poll(poller);
              } else if (closed == null && begin(poller)) {
                receive(poller);
              }
              return null;
            },
            workers));
  }

  private synchronized boolean begin(int poller) {
    return !stopping && receiving.add(poller);
  }

  private synchronized void end(int poller) {
    receiving.remove(poller);
    if (stopping && receiving.isEmpty()) {
      stopped.complete(null);
    }
  }

  private void receive(int poller) {
    int asked = size.messages();
    Instant began = clock.instant();
    long beganNanos = System.nanoTime();
    Optional<Instant> inHand = unacknowledged.oldest();
    health.asked(Action.RECEIVE);
    health.watch(
        queue
            .request(
                Action.RECEIVE,
                (sqs, url) ->
                    sqs.receiveMessage(
                        request ->
                            request
                                .queueUrl(url)
                                .waitTimeSeconds((int) WAIT.toSeconds())
                                .maxNumberOfMessages(asked)
                                .visibilityTimeout((int) visibility.toSeconds())
                                .messageAttributeNames("All")
                                .messageSystemAttributeNames(MessageSystemAttributeName.ALL)))
            .handle(
                (answer, failure) -> {
                  if (failure != null) {
                    failed(poller, Failure.of(Action.RECEIVE, queue.name(), failure));
                  } else if (answer.messages().isEmpty()) {
                    health.passed(Action.RECEIVE);
                    pause.reset();
                    progress.empty(poller, began, WAIT, inHand, serverTime(answer));
                    end(poller);
                    leaveOrPoll(poller);
                  } else {
                    health.passed(Action.RECEIVE);
                    pause.reset();
                    received(poller, answer.messages(), asked, beganNanos);
                  }
                  return null;
                }));
  }

  private void received(int poller, List<Message> messages, int asked, long beganNanos) {
    size.seen(messages);
    try {
      progress.batch(
          poller, intake.take(messages, beganNanos + visibility.toNanos(), isStopping()));
    } finally {
      end(poller);
    }
    CompletableFuture<Void> ready = ready();
    if (messages.size() >= asked && ready.isDone()) {
      addAfter(poller);
    }
    poll(poller, ready);
  }

  private void failed(int poller, ReplicationException failure) {
    health.failed(Action.RECEIVE, failure);
    if (Failure.mayHavePassed(failure)) {
      progress.broke(poller, visibility);
    }
    end(poller);
    if (poller == PERMANENT) {
      workers.after(pause.next(), () -> poll(PERMANENT));
    } else {
      leave(poller);
    }
  }

  private void leaveOrPoll(int poller) {
    if (poller == PERMANENT) {
      poll(poller);
    } else {
      leave(poller);
    }
  }

  private void addAfter(int poller) {
    int added = PERMANENT;
    synchronized (this) {
      if (stopping || active.size() >= size.pollers()) {
        return;
      }
      while (!active.add(added)) {
        added++;
      }
    }
    progress.joined(added, poller);
    poll(added);
  }

  private synchronized void leave(int poller) {
    active.remove(poller);
    progress.left(poller);
  }

  private synchronized boolean isStopping() {
    return stopping;
  }

  /** The time that the server's clock had not reached when it answered, where it tells its time. */
  private static Instant serverTime(ReceiveMessageResponse answer) {
    return ServerTime.of(answer).map(told -> told.plus(ServerTime.PRECISION)).orElse(Instant.MAX);
  }
}
