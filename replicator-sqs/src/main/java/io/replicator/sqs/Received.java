package io.replicator.sqs;

import java.time.Instant;

/**
 * A message that was received and not acknowledged yet: the little that must be remembered of it.
 *
 * <p>Times of visibility are those of {@link System#nanoTime}. Safe for any thread.
 */
final class Received {
  private final String id;
  private final Instant sent;
  private volatile String receipt;
  private volatile long invisibleUntil;
  private volatile boolean abandoned;

  Received(String id, Instant sent, String receipt, long invisibleUntil) {
    this.id = id;
    this.sent = sent;
    this.receipt = receipt;
    this.invisibleUntil = invisibleUntil;
  }

  String id() {
    return id;
  }

  /** Returns when it was sent, by SQS's clock. */
  Instant sent() {
    return sent;
  }

  /** Returns the handle of its last delivery; SQS ignores older ones. */
  String receipt() {
    return receipt;
  }

  long invisibleUntil() {
    return invisibleUntil;
  }

  /** Notes that its visibility was extended. */
  void extend(long until) {
    invisibleUntil = until;
  }

  /** Notes that it was delivered once more while it was still in hand. */
  void deliverAgain(String newReceipt, long until) {
    receipt = newReceipt;
    invisibleUntil = until;
  }

  /** Tells whether nobody will acknowledge it any more: the sink was closed. */
  boolean abandoned() {
    return abandoned;
  }

  void abandon() {
    abandoned = true;
  }
}
