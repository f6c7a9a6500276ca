package io.replicator.sqs;

import io.replicator.model.Clocks;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Progress is time T: everything that the queue had delivered before T is acknowledged.
 *
 * <p>T is the least of the send times of the messages in hand and of each poller's <em>floor</em>,
 * which comes from that poller's last result and holds while its next request is under way:
 *
 * <ul>
 *   <li>after a batch, the send time of its oldest message: what still waits is about as old, or
 *       younger;
 *   <li>after an empty poll, the time when it ended, for a long poll asks all of SQS's servers. But
 *       not past a message in hand at its start or its end: in a FIFO queue the rest of a group
 *       waits unseen behind it.
 * </ul>
 *
 * <p>A message that one poller's answer is about to bring was still in the queue when that poller
 * asked, so another's empty poll cannot lift T past it. A request that broke off may have taken
 * messages along that come back only when their visibility runs out: until then T stays below the
 * floor of that time. Safe for any thread.
 */
final class Progress {
  /** What a server may be early with the end of a long poll, by our clock. */
  private static final Duration EARLY = Duration.ofMillis(100);

  private final Unacknowledged unacknowledged;
  private final Clocks clocks;
  private final Map<Integer, Instant> floors = new HashMap<>();
  private final List<Broken> broken = new ArrayList<>();

  /**
   * A request that broke off: T stays below the floor, or unknown, until the steady clock says so.
   */
  private record Broken(Optional<Instant> floor, Instant until) {}

  Progress(Unacknowledged unacknowledged, Clocks clocks) {
    this.unacknowledged = unacknowledged;
    this.clocks = clocks;
  }

  /** Notes that a poller was added after another's batch. */
  synchronized void joined(int poller, int after) {
    floors.put(poller, floors.get(after));
  }

  /** Notes that a poller with no request under way was removed. */
  synchronized void left(int poller) {
    floors.remove(poller);
  }

  /** Notes a batch, whose messages were all taken in hand before. */
  synchronized void batch(int poller, Instant oldest) {
    floors.put(poller, oldest);
  }

  /**
   * Notes an empty long poll.
   *
   * @param began when it was sent
   * @param wait how long the server was to wait for a message
   * @param inHand the oldest message in hand when it was sent
   * @param latest what the server's own clock did not yet show when it answered
   */
  synchronized void empty(
      int poller, Instant began, Duration wait, Optional<Instant> inHand, Instant latest) {
    Instant due = began.plus(wait);
    Instant ended = clocks.wall().instant();
    Instant upTo = ended.isBefore(due.minus(EARLY)) ? began : earlier(due, ended);
    upTo = earlier(upTo, latest);
    upTo = earlier(upTo, inHand.orElse(Instant.MAX));
    floors.put(poller, earlier(upTo, unacknowledged.oldest().orElse(Instant.MAX)));
  }

  /** Notes a request that broke off and may have taken messages along. */
  synchronized void broke(int poller, Duration visibility) {
    broken.add(
        new Broken(
            Optional.ofNullable(floors.get(poller)), clocks.steady().instant().plus(visibility)));
  }

  /** Returns T; empty until there was an answer. Floors are read before messages, never after. */
  synchronized Optional<Instant> upTo() {
    Instant now = clocks.steady().instant();
    broken.removeIf(request -> request.until().isBefore(now));
    if (floors.isEmpty() || broken.stream().anyMatch(request -> request.floor().isEmpty())) {
      return Optional.empty();
    }
    Instant least = Instant.MAX;
    for (Instant floor : floors.values()) {
      least = earlier(least, floor);
    }
    for (Broken request : broken) {
      least = earlier(least, request.floor().orElseThrow());
    }
    return Optional.of(earlier(least, unacknowledged.oldest().orElse(Instant.MAX)));
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }
}
