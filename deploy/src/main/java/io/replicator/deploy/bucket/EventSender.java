package io.replicator.deploy.bucket;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * An event sender brings events to their buckets' queues, on a thread of its own: requests never
 * wait for a queue server. While that is away it tries again, and the spool keeps what is owed.
 */
final class EventSender implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EventSender.class);
  private static final int MOST_AT_ONCE = 10;
  private static final long PAUSE_MILLIS = 500;

  /** An event with the moment, of {@link System#nanoTime}, before which it is not sent. */
  private record Waiting(long due, long order, EventSpool.Debt debt, S3Event event, boolean last) {}

  private final String region;
  private final String principal;
  private final EventQueues queues;
  private final EventSpool spool;
  private final Disturbance disturbance;
  private final Random random;
  private final PriorityQueue<Waiting> waiting =
      new PriorityQueue<>(
          (one, other) ->
              one.due() == other.due()
                  ? Long.compare(one.order(), other.order())
                  : Long.compare(one.due() - other.due(), 0));
  private final Thread thread = new Thread(this::run, "events");
  private long latest = System.nanoTime();
  private long order;

  EventSender(
      String region,
      String principal,
      EventQueues queues,
      EventSpool spool,
      Disturbance disturbance) {
    this.region = region;
    this.principal = principal;
    this.queues = queues;
    this.spool = spool;
    this.disturbance = disturbance;
    this.random = new Random(disturbance.seed());
    thread.setDaemon(true);
    thread.start();
  }

  /** Takes an event to be sent; its debt is settled once the queue has confirmed it. */
  synchronized void add(EventSpool.Debt debt, S3Event event) {
    long due = System.nanoTime() + delay();
    if (!disturbance.reorder()) {
      latest = Math.max(latest, due);
      due = latest;
    }
    boolean repeated = random.nextDouble() < disturbance.repeat();
    long again = repeated ? due + delay() : due;
    waiting.add(new Waiting(due, order++, debt, event, !repeated));
    if (repeated) {
      waiting.add(new Waiting(again, order++, debt, event, true));
    }
    notifyAll();
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  private long delay() {
    return disturbance.delayMillis() == 0
        ? 0
        : TimeUnit.MILLISECONDS.toNanos(random.nextInt(disturbance.delayMillis() + 1));
  }

  private void run() {
    boolean reachable = true;
    List<Waiting> batch = List.of();
    try {
      while (true) {
        if (batch.isEmpty()) {
          batch = next();
        }
        try {
          String bucket = batch.get(0).event().bucket();
          queues.send(
              BucketServerConfig.queue(bucket),
              batch.stream().map(one -> one.event().message(region, principal)).toList());
          settle(batch);
          batch = List.of();
          reachable = true;
        } catch (SdkException e) {
          if (reachable) {
            LOG.warn("events wait, for the queue server does not take them: {}", e.getMessage());
            reachable = false;
          }
          TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // told to end; the spool has the rest
    }
  }

  /** Forgets what was sent; what stays in the spool all the same is sent once more at a start. */
  private void settle(List<Waiting> batch) {
    for (Waiting sent : batch) {
      try {
        if (sent.last()) {
          spool.settle(sent.debt());
        }
      } catch (UncheckedIOException e) {
        LOG.warn("an event will be sent again at the next start: {}", e.toString());
      }
    }
  }

  /** Waits for events that are due; they are of one bucket. */
  private synchronized List<Waiting> next() throws InterruptedException {
    List<Waiting> batch = new ArrayList<>();
    while (batch.isEmpty()) {
      while (waiting.isEmpty()) {
        wait();
      }
      long early = waiting.peek().due() - System.nanoTime();
      if (early > 0) {
        TimeUnit.NANOSECONDS.timedWait(this, early);
        continue;
      }
      while (!waiting.isEmpty()
          && batch.size() < MOST_AT_ONCE
          && waiting.peek().due() - System.nanoTime() <= 0
          && (batch.isEmpty()
              || waiting.peek().event().bucket().equals(batch.get(0).event().bucket()))) {
        batch.add(waiting.poll());
      }
    }
    return batch;
  }
}
