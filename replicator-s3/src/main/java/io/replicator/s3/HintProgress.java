package io.replicator.s3;

import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How far a queue of notifications was read: time T, before which all that the queue gave to this
 * source is durable.
 *
 * <p>T is the least of the event times of messages in hand and of each poller's floor: the oldest
 * event of its last batch, or the server's time at its last empty poll. Approximate, as the order
 * of the queue is. Safe for any thread.
 */
final class HintProgress {
  private final Map<Integer, Instant> floors = new HashMap<>();
  private final Set<InHand> inHand = new HashSet<>();

  /** A batch in hand; told apart by identity. */
  static final class InHand {
    private final Instant oldest;

    private InHand(Instant oldest) {
      this.oldest = oldest;
    }
  }

  /** Takes a batch in hand, whose oldest event is of this time. */
  synchronized InHand batch(int poller, Instant oldest) {
    InHand batch = new InHand(oldest);
    inHand.add(batch);
    floors.put(poller, oldest);
    return batch;
  }

  synchronized void done(InHand batch) {
    inHand.remove(batch);
  }

  /** Notes an empty poll. */
  synchronized void empty(int poller, Instant serverTime) {
    floors.put(poller, serverTime);
  }

  /** Notes that a poller has ended. */
  synchronized void left(int poller) {
    floors.remove(poller);
  }

  synchronized int inHand() {
    return inHand.size();
  }

  synchronized Optional<Instant> upTo() {
    Optional<Instant> least = floors.values().stream().min(Instant::compareTo);
    Instant oldest =
        inHand.stream().map(batch -> batch.oldest).min(Instant::compareTo).orElse(Instant.MAX);
    return least.map(floor -> floor.isBefore(oldest) ? floor : oldest);
  }
}
