package io.replicator.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import io.replicator.spi.Finding;
import io.replicator.spi.Finding.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/** Tries whether the clock of whoever answers is that of this machine. */
final class ClockCheck {
  private static final Duration SKEW = Duration.ofSeconds(2);

  private ClockCheck() {}

  /**
   * Asks for the time; blocks.
   *
   * @param subject who answers
   * @param clock of this machine
   * @return empty if both are the same, as far as that matters
   * @throws com.datastax.oss.driver.api.core.DriverException if nobody answers
   */
  static Optional<Finding> of(CqlSession session, String subject, InstantSource clock) {
    Instant before = clock.instant();
    Instant there =
        session
            .execute("SELECT toTimestamp(now()) AS now FROM system.local")
            .one()
            .getInstant("now");
    Instant after = clock.instant();
    Duration off =
        there.isBefore(before)
            ? Duration.between(there, before)
            : Duration.between(after, there).isNegative()
                ? Duration.ZERO
                : Duration.between(after, there);
    return off.compareTo(SKEW) < 0
        ? Optional.empty()
        : Optional.of(
            new Finding(
                Level.WARNING,
                subject,
                "its clock is " + off.toMillis() + " ms off this machine's",
                "let all nodes and clients of both regions follow one time: the later timestamp"
                    + " wins"));
  }
}
