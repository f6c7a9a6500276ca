package io.replicator.it;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * A letter writer is a service that sends letters, a batch at a time, and remembers which were
 * acknowledged. Used by one thread; what it remembers is for any, once the last batch is sent.
 */
final class LetterWriter {
  private static final int BATCH = 5;

  private final Queues queues;
  private final String queue;
  private final String run;
  private final int groups;
  private final Random random;
  private final List<Letter> sent = new ArrayList<>();
  private final List<Letter> unsure = new ArrayList<>();
  private int number;

  /**
   * @param groups of a FIFO queue; 0 for a standard one
   */
  LetterWriter(Queues queues, String queue, String run, int groups, long seed) {
    this.queues = queues;
    this.queue = queue;
    this.run = run;
    this.groups = groups;
    this.random = new Random(seed);
  }

  /** Sends one batch. */
  void write() {
    List<Letter> batch = new ArrayList<>();
    for (int i = 0; i < BATCH; i++) {
      batch.add(new Letter(run, number++, 50 + random.nextInt(1_000)));
    }
    try {
      if (groups == 0) {
        queues.send(queue, batch);
      } else {
        queues.sendInOrder(queue, batch, groups);
      }
      sent.addAll(batch);
    } catch (SdkException | CompletionException e) {
      unsure.addAll(batch);
    }
  }

  /** Returns the letters that the queue has acknowledged. */
  List<Letter> sent() {
    return sent;
  }

  /** Returns the letters that the queue has or has not. */
  List<Letter> unsure() {
    return unsure;
  }
}
