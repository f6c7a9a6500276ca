package io.replicator.capture;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/**
 * The time that the local Kafka's clock shows at least, as its acknowledgements tell: a second
 * witness beside the machine's clock, which may be set at any moment. It is behind by what the
 * quickest acknowledgement of late took, some milliseconds. Thread-safe.
 *
 * <p>The topics that are written to are stamped by the brokers ({@code LogAppendTime}), and an
 * acknowledgement brings the stamp along.
 */
final class KafkaTime {
  /** The quickest acknowledgement counts for as long as this, and at most for twice as long. */
  private static final Duration PERIOD = Duration.ofSeconds(10);

  private final InstantSource steady;
  private Instant begun = Instant.EPOCH;

  /** How far the brokers' clock is at least ahead of the steady one; null if not known. */
  private Duration ahead;

  private Duration aheadBefore;

  KafkaTime(InstantSource steady) {
    this.steady = steady;
  }

  /** Takes note of an acknowledgement, of what was stamped with a time in milliseconds. */
  synchronized void told(long stamped) {
    Instant now = steady.instant();
    Duration told = Duration.between(now, Instant.ofEpochMilli(stamped));
    if (now.isAfter(begun.plus(PERIOD))) {
      aheadBefore = ahead;
      ahead = null;
      begun = now;
    }
    ahead = ahead == null || told.compareTo(ahead) > 0 ? told : ahead;
  }

  /** Returns a time that the brokers' clock has passed by now; empty if none has answered. */
  synchronized Optional<Instant> now() {
    if (ahead == null) {
      return Optional.empty();
    }
    Duration most = aheadBefore != null && aheadBefore.compareTo(ahead) > 0 ? aheadBefore : ahead;
    return Optional.of(steady.instant().plus(most));
  }
}
