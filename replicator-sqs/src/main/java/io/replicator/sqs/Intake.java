package io.replicator.sqs;

import io.replicator.model.Region;
import io.replicator.spi.ChangeSink;
import io.replicator.spi.ReplicationException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletionException;
import software.amazon.awssdk.services.sqs.model.Message;

/**
 * The intake takes received messages in hand, offers them to the sink in the order of their
 * delivery, and has them acknowledged once they are durable.
 *
 * <p>A message that must not travel, because it has been here before, or that cannot be carried, is
 * left in the queue: nothing is lost and nothing loops. It is delivered again after pauses that
 * double up to a quarter of an hour, so that the queue's own redrive policy sets it aside, where
 * there is one. In a FIFO queue its group waits behind it, as behind any message that a consumer
 * refuses.
 */
final class Intake {
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(15);

  private final Queue queue;
  private final Region region;
  private final ChangeSink sink;
  private final Unacknowledged unacknowledged;
  private final Acknowledger acknowledger;
  private final VisibilityKeeper visibility;
  private final Health health;

  Intake(
      Queue queue,
      Region region,
      ChangeSink sink,
      Unacknowledged unacknowledged,
      Acknowledger acknowledger,
      VisibilityKeeper visibility,
      Health health) {
    this.queue = queue;
    this.region = region;
    this.sink = sink;
    this.unacknowledged = unacknowledged;
    this.acknowledger = acknowledger;
    this.visibility = visibility;
    this.health = health;
  }

  /**
   * Takes an answer's messages.
   *
   * @param invisibleUntil the {@link System#nanoTime} before which nobody else is given them
   * @param stopping whether nothing is offered any more: then they are given back
   * @return when the oldest of them was sent
   */
  Instant take(List<Message> messages, long invisibleUntil, boolean stopping) {
    Instant oldest = Instant.MAX;
    // All are in hand before the first is offered, so that progress cannot pass the later ones.
    List<Offer> offers =
        messages.stream()
            .map(message -> new CapturedMessage(message, queue.name().fifo()))
            .map(captured -> new Offer(captured, inHand(captured, invisibleUntil)))
            .filter(offer -> unacknowledged.add(offer.received()))
            .toList();
    for (Message message : messages) {
      Instant sent = new CapturedMessage(message, queue.name().fifo()).sent();
      oldest = sent.isBefore(oldest) ? sent : oldest;
    }
    for (Offer offer : offers) {
      if (stopping) {
        unacknowledged.abandon(offer.received());
      } else {
        offerOrRefuse(offer.message(), offer.received());
      }
    }
    return oldest;
  }

  /** Whatever is odd about one message, the others pass. */
  private void offerOrRefuse(CapturedMessage message, Received received) {
    try {
      offer(message, received);
    } catch (RuntimeException odd) {
      refuse(
          message,
          received,
          "it cannot be taken: " + odd,
          "see who sends it, and whether the server keeps to SQS's protocol; then delete the"
              + " message");
    }
  }

  private record Offer(CapturedMessage message, Received received) {}

  private static Received inHand(CapturedMessage message, long invisibleUntil) {
    return new Received(
        String.valueOf(message.id()),
        message.sent(),
        message.message().receiptHandle(),
        invisibleUntil);
  }

  private void offer(CapturedMessage message, Received received) {
    if (message.cameBackTo(region)) {
      refuse(
          message,
          received,
          "its attribute "
              + ReplicatorId.ATTRIBUTE
              + " says that it was replicated from this region before and has come back",
          "find who copies replicated messages into the source queue, and stop it; then delete the"
              + " message");
      return;
    }
    int receives = message.receives();
    health.watch(
        sink.offer(message.change())
            .handle(
                (taken, failure) -> {
                  if (failure == null) {
                    acknowledger.acknowledge(received);
                  } else if (isPoison(failure)) {
                    ReplicationException poison = (ReplicationException) unwrapped(failure);
                    refuse(received, receives, poison.getMessage(), poison.hint());
                  } else {
                    unacknowledged.abandon(received);
                  }
                  return null;
                }));
  }

  private void refuse(CapturedMessage message, Received received, String reason, String hint) {
    refuse(received, message.receives(), reason, hint);
  }

  private void refuse(Received received, int receives, String reason, String hint) {
    health.refused(received.id(), reason, hint);
    visibility.leave(received, pauseAfter(receives));
    unacknowledged.remove(received);
  }

  private Duration pauseAfter(int receives) {
    long doubled = visibility.length().toSeconds() << Math.min(20, Math.max(0, receives - 1));
    return Duration.ofSeconds(Math.min(LONGEST_PAUSE.toSeconds(), doubled));
  }

  private static boolean isPoison(Throwable failure) {
    return unwrapped(failure) instanceof ReplicationException known
        && known.kind() == ReplicationException.Kind.POISON;
  }

  private static Throwable unwrapped(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }
}
