package io.replicator.sqs;

import io.replicator.spi.Applier.Outcome;
import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * The outbox holds the messages that wait to be sent, in order, and puts batches together: ten
 * messages or a mebibyte at most, and at most one message of a FIFO group, since the entries of a
 * batch fail one by one and the next must not overtake. Safe for any thread.
 */
final class Outbox {
  /** The most messages in a batch. */
  static final int BATCH = 10;

  /** A message that is older is not sent any more, so that a call ends within its minute. */
  static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

  private final Deque<Letter> letters = new ArrayDeque<>();
  private long bytes;

  /** A message in the outbox, and the future of its outcome. */
  record Letter(OutgoingMessage message, CompletableFuture<Outcome> outcome, long since) {
    Letter(OutgoingMessage message) {
      this(message, new CompletableFuture<>(), System.nanoTime());
    }

    /** Tells whether it is too late to begin a request with it. */
    boolean late() {
      return System.nanoTime() - since > LONGEST_WAIT.toNanos();
    }

    void fail(ReplicationException failure) {
      outcome.completeExceptionally(failure);
    }
  }

  synchronized void add(Letter letter) {
    letters.add(letter);
    bytes += letter.message().size();
  }

  /** Tells whether a batch's worth waits. */
  synchronized boolean full() {
    return letters.size() >= BATCH || bytes >= OutgoingMessage.MOST_BYTES;
  }

  /** Takes the next batch; empty if nothing waits. */
  synchronized List<Letter> next() {
    List<Letter> batch = new ArrayList<>(BATCH);
    List<Letter> sameGroup = new ArrayList<>();
    Set<String> groups = new HashSet<>();
    long size = 0;
    while (batch.size() < BATCH && !letters.isEmpty()) {
      OutgoingMessage message = letters.peek().message();
      if (!batch.isEmpty() && size + message.size() > OutgoingMessage.MOST_BYTES) {
        break;
      }
      Letter letter = letters.poll();
      if (message.fifo() && !groups.add(message.change().key())) {
        sameGroup.add(letter);
      } else {
        batch.add(letter);
        size += message.size();
      }
    }
    for (int i = sameGroup.size() - 1; i >= 0; i--) {
      letters.addFirst(sameGroup.get(i));
    }
    bytes -= size;
    return batch;
  }

  /** Takes what has waited too long. */
  synchronized List<Letter> expired() {
    List<Letter> expired = new ArrayList<>();
    while (!letters.isEmpty() && letters.peek().late()) {
      expired.add(letters.poll());
      bytes -= expired.get(expired.size() - 1).message().size();
    }
    return expired;
  }

  /** Takes everything. */
  synchronized List<Letter> all() {
    List<Letter> all = List.copyOf(letters);
    letters.clear();
    bytes = 0;
    return all;
  }
}
