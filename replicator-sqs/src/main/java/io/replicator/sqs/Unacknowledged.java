package io.replicator.sqs;

import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** The messages that were received and not acknowledged yet, by id. Safe for any thread. */
final class Unacknowledged {
  private final Map<String, Received> messages = new ConcurrentHashMap<>();
  private final CompletableFuture<Void> drained = new CompletableFuture<>();
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
    completeIfDrained();
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
