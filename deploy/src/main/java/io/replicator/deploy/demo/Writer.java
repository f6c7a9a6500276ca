package io.replicator.deploy.demo;

import io.replicator.deploy.sandbox.QueueClient;
import io.replicator.deploy.sandbox.SandboxResource;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * A writer is a region's service that sends a message a second, as an SNS fan-out would: one copy
 * to its own region's queue, one to the queue that is replicated.
 *
 * <p>A message that the queue server does not confirm is sent again, the same, until it does.
 */
final class Writer implements Runnable {
  private static final Duration PACE = Duration.ofSeconds(1);
  private static final int LATENCIES_KEPT = 9;

  private final String run;
  private final String region;
  private final QueueClient client;
  private final List<Tally> tallies;
  private final DemoEvents events;
  private final Deque<Long> latencies = new ArrayDeque<>();
  private volatile int next = 1;

  /**
   * @param tallies one per other region
   */
  Writer(String run, String region, QueueClient client, List<Tally> tallies, DemoEvents events) {
    this.run = run;
    this.region = region;
    this.client = client;
    this.tallies = List.copyOf(tallies);
    this.events = events;
  }

  /** Returns the number that its next message will bear. */
  int next() {
    return next;
  }

  /** Returns the median time of its last sends in milliseconds; -1 before the first. */
  long latencyMillis() {
    synchronized (latencies) {
      return latencies.isEmpty()
          ? -1
          : latencies.stream().sorted().skip(latencies.size() / 2).findFirst().orElseThrow();
    }
  }

  @Override
  public void run() {
    Random random = new Random();
    boolean reachable = true;
    DemoMessage message = null;
    try {
      while (!Thread.currentThread().isInterrupted()) {
        if (message == null) {
          message = DemoMessage.next(run, region, next, random);
        }
        try {
          send(message);
          message = null;
          if (!reachable) {
            events.reachable(region);
            reachable = true;
          }
        } catch (SdkException e) {
          if (reachable && !Thread.currentThread().isInterrupted()) {
            events.unreachable(region, e.getMessage());
            reachable = false;
          }
        }
        TimeUnit.NANOSECONDS.sleep(PACE.toNanos());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // told to end
    }
  }

  private void send(DemoMessage message) {
    String content = message.content();
    tallies.forEach(tally -> tally.sending(message.number(), content));
    message.send(client, SandboxResource.DEMO.target());
    long begin = System.nanoTime();
    message.send(client, SandboxResource.DEMO.source());
    remember(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
    tallies.forEach(tally -> tally.sent(message.number()));
    next = message.number() + 1;
  }

  private void remember(long millis) {
    synchronized (latencies) {
      latencies.addLast(millis);
      if (latencies.size() > LATENCIES_KEPT) {
        latencies.removeFirst();
      }
    }
  }
}
