package io.replicator.sqs;

import io.replicator.model.Clocks;
import io.replicator.model.Region;
import io.replicator.spi.ChangeSink;
import io.replicator.spi.ChangeSource;
import io.replicator.spi.SourceStatus;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The SQS source drains a queue: pollers receive, the intake offers to the sink, the acknowledger
 * deletes what is durable, and the visibility keeper holds what is not yet.
 */
final class SqsSource implements ChangeSource {
  private static final Logger LOG = LoggerFactory.getLogger(SqsSource.class);

  /**
   * Received for longer than this, messages would come back too late after a crash; those that
   * really wait are extended.
   */
  private static final Duration LONGEST_VISIBILITY = Duration.ofSeconds(60);

  /** For a queue whose messages stay visible when received: they would come again at once. */
  private static final Duration DEFAULT_VISIBILITY = Duration.ofSeconds(30);

  private static final Duration DRAIN = Duration.ofSeconds(8);
  private static final Duration GIVE_BACK = Duration.ofSeconds(2);

  private final Queue queue;
  private final Region region;
  private final ChangeSink sink;
  private final Workers workers;
  private final InstantSource clock;
  private final Unacknowledged unacknowledged = new Unacknowledged();
  private final Progress progress;
  private final Health health;
  private final QueueWatch watch;
  private VisibilityKeeper visibility;
  private Pollers pollers;
  private boolean closed;

  SqsSource(Queue queue, Region region, ChangeSink sink, Workers workers, Clocks clocks) {
    this.queue = queue;
    this.region = region;
    this.sink = sink;
    this.workers = workers;
    this.clock = clocks.wall();
    this.progress = new Progress(unacknowledged, clocks);
    this.health = new Health(queue, clocks.steady());
    this.watch = new QueueWatch(queue, health, workers);
  }

  /** Begins to read, as soon as the queue is there. */
  void start() {
    health.watch(watch.first().thenAccept(this::begin));
    watch.start();
  }

  private synchronized void begin(QueueFacts facts) {
    if (closed) {
      return;
    }
    visibility =
        new VisibilityKeeper(
            queue, unacknowledged, health, workers, visibilityFor(facts.visibility()));
    var acknowledger = new Acknowledger(queue, unacknowledged, health, workers);
    var intake = new Intake(queue, region, sink, unacknowledged, acknowledger, visibility, health);
    pollers =
        new Pollers(
            queue,
            sink,
            intake,
            unacknowledged,
            progress,
            health,
            workers,
            clock,
            visibility.length());
    visibility.start();
    pollers.start();
    LOG.info("Capture from {} begins, {} messages wait", queue, facts.waiting());
  }

  private static Duration visibilityFor(Duration queues) {
    if (queues.isZero()) {
      return DEFAULT_VISIBILITY;
    }
    return queues.compareTo(LONGEST_VISIBILITY) < 0 ? queues : LONGEST_VISIBILITY;
  }

  @Override
  public SourceStatus status() {
    Optional<QueueFacts> facts = watch.latest();
    return new SourceStatus(
        progress.upTo(),
        facts.map(known -> OptionalLong.of(known.waiting())).orElse(OptionalLong.empty()),
        facts.map(QueueFacts::retention),
        facts.map(known -> visibilityFor(known.visibility())).orElse(DEFAULT_VISIBILITY),
        health.condition());
  }

  @Override
  public void close() {
    watch.stop();
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      if (pollers == null) {
        return;
      }
    }
    boolean drained = within(DRAIN, pollers.stop().thenCompose(idle -> unacknowledged.drain()));
    visibility.stop();
    var left = unacknowledged.all();
    boolean givenBack = within(GIVE_BACK, visibility.giveBack(left));
    LOG.info(
        "Capture from {} ends{}: {} messages {}",
        queue,
        drained ? "" : " with the broker still silent",
        left.size(),
        givenBack ? "given back" : "come back when their visibility runs out");
  }

  private static boolean within(Duration limit, CompletableFuture<?> future) {
    try {
      future.get(limit.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
