package io.replicator.s3;

import io.replicator.model.Clocks;
import io.replicator.model.Condition;
import io.replicator.model.Hint;
import io.replicator.spi.HintSink;
import io.replicator.spi.HintSource;
import io.replicator.spi.ReplicationException;
import io.replicator.spi.SourceStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageResponse;

/**
 * A queue source reads a bucket's notifications from a queue that the agents of a region share:
 * receives, offers the hints, deletes what is durable. What was received by an agent that died
 * comes again when its visibility ends; a hint may come twice.
 *
 * <p>A message that cannot be read is left in the queue, where its redrive policy or its retention
 * ends it, and shows: nothing is deleted that was not understood. One poller is permanent; a full
 * answer adds one, an empty one removes it.
 */
final class QueueSource implements HintSource {
  private static final int PERMANENT = 0;
  private static final int MOST_POLLERS = 8;
  private static final int FULL = 10;

  /** Batches in hand: with more, nothing is received. */
  private static final int MOST_IN_HAND = 100;

  private static final Duration UNREADABLE_PAUSE = Duration.ofMinutes(15);
  private static final Duration FACTS_PERIOD = Duration.ofSeconds(10);
  private static final Duration CLOSING = Duration.ofSeconds(8);

  private final NotificationQueue queue;
  private final Notifications notifications;
  private final HintSink sink;
  private final Workers workers;
  private final InstantSource clock;
  private final SourceHealth health;
  private final SourceHealth acknowledging;
  private final HintProgress progress = new HintProgress();
  private final GrowingPause pause = new GrowingPause();
  private final Set<Integer> pollers = new HashSet<>();
  private final Map<Long, CompletableFuture<?>> underWay = new HashMap<>();
  private long requests;
  private volatile Optional<NotificationQueue.Facts> facts = Optional.empty();
  private boolean closed;

  QueueSource(
      NotificationQueue queue,
      Notifications notifications,
      HintSink sink,
      Workers workers,
      Clocks clocks) {
    this.queue = queue;
    this.notifications = notifications;
    this.sink = sink;
    this.workers = workers;
    this.clock = clocks.wall();
    this.health = new SourceHealth(queue.toString(), clocks.steady());
    this.acknowledging = new SourceHealth(queue.toString(), clocks.steady());
  }

  void start() {
    workers.execute(this::inspect);
    add();
  }

  @Override
  public SourceStatus status() {
    Optional<NotificationQueue.Facts> known = facts;
    return new SourceStatus(
        progress.upTo(),
        known.map(NotificationQueue.Facts::waiting).orElse(OptionalLong.empty()),
        known.flatMap(NotificationQueue.Facts::retention),
        known.map(NotificationQueue.Facts::visibility).orElse(Duration.ZERO),
        acknowledging.condition().equals(Condition.RUNNING)
            ? health.condition()
            : acknowledging.condition());
  }

  @Override
  public void acceptGap() {
    health.acceptGap();
  }

  @Override
  public void close() {
    List<CompletableFuture<?>> last;
    synchronized (this) {
      closed = true;
      last = List.copyOf(underWay.values());
    }
    try {
      CompletableFuture.allOf(last.toArray(CompletableFuture<?>[]::new))
          .get(CLOSING.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      return; // what is not deleted by now comes again, to whoever is there
    }
  }

  private void inspect() {
    if (isClosed()) {
      return;
    }
    var unused =
        queue
            .facts()
            .handle(
                (found, failure) -> {
                  if (failure == null) {
                    facts = Optional.of(found);
                  }
                  workers.after(FACTS_PERIOD, this::inspect);
                  return null;
                });
  }

  private void add() {
    int added = PERMANENT;
    synchronized (this) {
      while (pollers.contains(added)) {
        added++;
      }
      if (closed || added >= MOST_POLLERS) {
        return;
      }
      pollers.add(added);
    }
    int poller = added;
    workers.execute(() -> poll(poller));
  }

  private synchronized void leave(int poller) {
    pollers.remove(poller);
    progress.left(poller);
  }

  private void poll(int poller) {
    if (isClosed()) {
      return;
    }
    if (progress.inHand() >= MOST_IN_HAND) {
      workers.after(pause.next(), () -> poll(poller));
      return;
    }
    var unused =
        sink.ready()
            .toCompletableFuture()
            .thenComposeAsync(ready -> receive(), workers)
            .handleAsync(
                (answer, failure) -> {
                  if (isClosed()) {
                    if (answer != null) {
                      watch(queue.leave(answer.messages(), Duration.ZERO));
                    }
                  } else if (failure != null) {
                    failed(poller, Failure.of(Action.RECEIVE, queue.toString(), failure));
                  } else {
                    health.passed();
                    pause.reset();
                    received(poller, answer.messages(), answered(answer));
                  }
                  return null;
                },
                workers);
  }

  private CompletableFuture<ReceiveMessageResponse> receive() {
    health.asked();
    return watched(queue.receive());
  }

  /** Of the server's clock and this machine's the one that is ahead may be wrong. */
  private Instant answered(ReceiveMessageResponse answer) {
    Instant here = clock.instant();
    return ServerTime.of(answer).filter(here::isAfter).orElse(here);
  }

  private void failed(int poller, ReplicationException failure) {
    health.failed(failure);
    if (poller == PERMANENT) {
      workers.after(pause.next(), () -> poll(poller));
    } else {
      leave(poller);
    }
  }

  private void received(int poller, List<Message> messages, Instant serverTime) {
    if (messages.isEmpty()) {
      // The server tells whole seconds: within the last one something may have come since.
      progress.empty(poller, serverTime.minus(ServerTime.PRECISION));
    } else {
      take(poller, messages);
    }
    if (messages.size() >= FULL) {
      add();
      poll(poller);
    } else if (poller == PERMANENT) {
      poll(poller);
    } else {
      leave(poller);
    }
  }

  private void take(int poller, List<Message> messages) {
    List<Message> understood = new ArrayList<>();
    List<Message> left = new ArrayList<>();
    List<Hint> hints = new ArrayList<>();
    Instant oldest = Instant.MAX;
    for (Message message : messages) {
      Instant time = NotificationQueue.sentTime(message).orElseGet(clock::instant);
      try {
        for (Hint hint : notifications.read(message.body())) {
          hints.add(hint);
          time = hint.time().isBefore(time) ? hint.time() : time;
        }
        understood.add(message);
      } catch (Notifications.UnreadableException e) {
        health.unreadable(message.messageId(), e.getMessage());
        left.add(message);
      }
      oldest = time.isBefore(oldest) ? time : oldest;
    }
    HintProgress.InHand batch = progress.batch(poller, oldest);
    List<CompletableFuture<Void>> durable =
        hints.stream().map(hint -> sink.offer(hint).toCompletableFuture()).toList();
    if (!left.isEmpty()) {
      watch(queue.leave(left, UNREADABLE_PAUSE));
    }
    watch(
        CompletableFuture.allOf(durable.toArray(CompletableFuture<?>[]::new))
            .handle((all, failure) -> failure == null)
            // Not taken: the queue gives it to whoever is there next.
            .thenComposeAsync(
                taken ->
                    done(
                        batch,
                        taken ? queue.delete(understood) : queue.leave(understood, Duration.ZERO)),
                workers));
  }

  private CompletableFuture<Void> done(HintProgress.InHand batch, CompletableFuture<Void> request) {
    progress.done(batch);
    return request;
  }

  /** Follows what acknowledges or leaves messages, whose failures show by themselves. */
  private void watch(CompletableFuture<?> request) {
    var unused =
        watched(request)
            .whenComplete(
                (done, failure) -> {
                  if (failure == null) {
                    acknowledging.passed();
                  } else {
                    acknowledging.failed(Failure.of(Action.ACKNOWLEDGE, queue.toString(), failure));
                  }
                });
  }

  /** Keeps what is under way for {@link #close}. */
  private <T> CompletableFuture<T> watched(CompletableFuture<T> request) {
    long number;
    synchronized (this) {
      number = requests++;
      underWay.put(number, request);
    }
    return request.whenComplete(
        (done, failure) -> {
          synchronized (this) {
            underWay.remove(number);
          }
        });
  }

  private synchronized boolean isClosed() {
    return closed;
  }
}
