package io.replicator.it;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * A load writes letters into a region's source at a rate, until it is stopped, and remembers those
 * that were acknowledged and how long each took.
 */
final class Load implements AutoCloseable {
  /** It sends so many at once. */
  static final int BATCH = 10;

  private final Queues queues;
  private final String queue;
  private final String run;
  private final int groups;
  private final Duration pause;
  private final Random random;
  private final List<Letter> sent = new ArrayList<>();
  private final List<Long> millis = new ArrayList<>();
  private final List<Long> begun = new ArrayList<>();
  private final Thread thread;
  private volatile boolean closed;
  private volatile RuntimeException failure;

  /**
   * @param groups of a FIFO queue; 0 for a standard one
   * @param perSecond letters a second; sent in batches of ten
   */
  Load(Queues queues, String queue, String run, int groups, int perSecond, long seed) {
    this.queues = queues;
    this.queue = queue;
    this.run = run;
    this.groups = groups;
    this.pause = Duration.ofSeconds(BATCH).dividedBy(perSecond);
    this.random = new Random(seed);
    this.thread = new Thread(this::write, "load-" + run);
    thread.start();
  }

  private void write() {
    int number = 0;
    long due = System.nanoTime();
    while (!closed) {
      List<Letter> batch = new ArrayList<>();
      for (int i = 0; i < BATCH; i++) {
        batch.add(new Letter(run, number++, 50 + random.nextInt(1_000)));
      }
      long begin = System.nanoTime();
      long time = System.currentTimeMillis();
      try {
        if (groups == 0) {
          queues.send(queue, batch);
        } else {
          queues.sendInOrder(queue, batch, groups);
        }
      } catch (SdkException | java.util.concurrent.CompletionException e) {
        failure = e;
        return;
      }
      synchronized (this) {
        sent.addAll(batch);
        batch.forEach(letter -> begun.add(time));
        millis.add((System.nanoTime() - begin) / 1_000_000);
      }
      due += pause.toNanos();
      LockSupport.parkNanos(due - System.nanoTime());
    }
  }

  /** Returns the letters that the queue has acknowledged. */
  synchronized List<Letter> sent() {
    return List.copyOf(sent);
  }

  /** Returns how many letters the queue has acknowledged. */
  synchronized int count() {
    return sent.size();
  }

  /** Returns when each of these was about to be sent, in milliseconds since 1970. */
  synchronized List<Long> begun() {
    return List.copyOf(begun);
  }

  /** Returns how long the batches took, each in milliseconds. */
  synchronized List<Long> millis() {
    return List.copyOf(millis);
  }

  /** Stops writing; throws what made it fail, if anything did. */
  void stop() {
    closed = true;
    try {
      thread.join(30_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Stops, likewise. */
  @Override
  public void close() {
    stop();
  }
}
