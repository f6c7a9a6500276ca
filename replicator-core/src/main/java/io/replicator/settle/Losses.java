package io.replicator.settle;

import io.replicator.model.Flow;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The losses of a station are the keys that it found without the content which the ledger knew: it
 * is gone from this region alone, and nobody else is told. An operator reads of them in the log, a
 * line every ten seconds at most, however many there are. Thread-safe.
 */
final class Losses {
  private static final Logger LOG = LoggerFactory.getLogger(Losses.class);
  private static final Duration PERIOD = Duration.ofSeconds(10);
  private static final String HINT =
      "other regions keep it and are not told; if it is wanted here, run replicator backfill"
          + " --repair for this resource in one of them, or write it again";

  private final InstantSource clock;
  private Instant said = Instant.EPOCH;
  private long unsaid;

  Losses(InstantSource clock) {
    this.clock = clock;
  }

  /** Takes note that the content of a key is not here any more. */
  synchronized void found(Flow flow, String key) {
    unsaid++;
    Instant now = clock.instant();
    if (now.isBefore(said.plus(PERIOD))) {
      return;
    }
    LOG.warn(
        "flow {}: the content of {} is gone from this region alone ({} such since the last line)."
            + " {}",
        flow,
        key,
        unsaid,
        HINT);
    said = now;
    unsaid = 0;
  }
}
