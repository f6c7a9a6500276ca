package io.replicator.sqs;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The queue watch asks a queue for its facts every five seconds, in the background. */
final class QueueWatch {
  private static final Duration PERIOD = Duration.ofSeconds(5);

  private final Queue queue;
  private final Health health;
  private final Workers workers;
  private final GrowingPause pause = new GrowingPause();
  private final CompletableFuture<QueueFacts> first = new CompletableFuture<>();
  private volatile QueueFacts latest;
  private volatile boolean stopped;

  QueueWatch(Queue queue, Health health, Workers workers) {
    this.queue = queue;
    this.health = health;
    this.workers = workers;
  }

  /** Returns a future that completes when the queue has answered for the first time. */
  CompletableFuture<QueueFacts> first() {
    return first;
  }

  Optional<QueueFacts> latest() {
    return Optional.ofNullable(latest);
  }

  void start() {
    workers.execute(this::look);
  }

  void stop() {
    stopped = true;
  }

  private void look() {
    if (stopped) {
      return;
    }
    health.asked(Action.INSPECT);
    health.watch(
        queue
            .facts()
            .handle(
                (facts, failure) -> {
                  if (failure == null) {
                    health.passed(Action.INSPECT);
                    pause.reset();
                    latest = facts;
                    again(PERIOD);
                    first.complete(facts);
                  } else {
                    health.failed(
                        Action.INSPECT, Failure.of(Action.INSPECT, queue.name(), failure));
                    again(pause.next());
                  }
                  return null;
                }));
  }

  private void again(Duration pause) {
    if (!stopped) {
      workers.after(pause, this::look);
    }
  }
}
