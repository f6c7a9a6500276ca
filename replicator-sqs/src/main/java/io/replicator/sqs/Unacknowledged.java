package io.replicator.sqs;

import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The messages that were received and not acknowledged yet, by id. Safe for any thread.
 *
 * <p>They are what a kill brings back, so there is {@link #room} for so many only.
 */
final class Unacknowledged {
  /**
   * With this many in hand no request for more begins. Those under way may bring 80 more, and that
   * stays well under the thousand that a kill may repeat; on the way to Kafka and back through the
   * delete there are a few hundred at full speed.
   */
  static final int ENOUGH = 500;

  private final Map<String, Received> messages = new ConcurrentHashMap<>();
  private final CompletableFuture<Void> drained = new CompletableFuture<>();
  private CompletableFuture<Void> room = CompletableFuture.completedFuture(null);
  private volatile boolean draining;

  /**
   * Takes a message in hand.
   *
   * @return whether it is new; if not, the one in hand goes on under the new delivery's receipt
   */
  boolean add(Received message) {
    Received known = messages.putIfAbsent(message.id(), message);
    if (known != null) {
      known.deliverAgain(message.receipt(), message.invisibleUntil());
    }
    return known == null;
  }

  /** Lets go of a message. */
  void remove(Received message) {
    messages.remove(message.id(), message);
    completeIfRoom();
    completeIfDrained();
  }

  /**
   * Returns a future that completes when there is room for more, whatever those in hand wait for:
   * the broker, or their deletes. It completes on the threads that let go of messages.
   */
  synchronized CompletableFuture<Void> room() {
    if (room.isDone() && !hasRoom()) {
      room = new CompletableFuture<>();
    }
    return room;
  }

  boolean hasRoom() {
    return messages.size() < ENOUGH;
  }

  private void completeIfRoom() {
    CompletableFuture<Void> waiting;
    synchronized (this) {
      waiting = room;
    }
    if (hasRoom()) {
      waiting.complete(null);
    }
  }

  /** Keeps a message that nobody will acknowledge, so that it can be given back. */
  void abandon(Received message) {
    message.abandon();
    completeIfDrained();
  }

  /** Returns when the oldest one was sent. */
  Optional<Instant> oldest() {
    return messages.values().stream().map(Received::sent).min(Comparator.naturalOrder());
  }

  /** Returns those whose visibility runs out before a {@link System#nanoTime}, as of now. */
  List<Received> visibleBefore(long nanos) {
    return messages.values().stream().filter(m -> m.invisibleUntil() - nanos < 0).toList();
  }

  Collection<Received> all() {
    return List.copyOf(messages.values());
  }

  /** Returns a future that completes once nobody works on any message; no new ones may come. */
  CompletableFuture<Void> drain() {
    draining = true;
    completeIfDrained();
    return drained;
  }

  private void completeIfDrained() {
    if (draining && messages.values().stream().allMatch(Received::abandoned)) {
      drained.complete(null);
    }
  }
}
