package io.replicator.cassandra;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A length of time of a node's configuration, such as {@code 10s} or {@code 250ms}; a bare number
 * is in milliseconds, as in versions that have the unit in the setting's name.
 */
final class NodeDuration {
  private static final Pattern FORM = Pattern.compile("(\\d{1,15}) *(ns|us|µs|ms|s|m|h|d)?");

  /** The period of a node that does not tell, which is what Cassandra has by default. */
  private static final Duration DEFAULT_PERIOD = Duration.ofSeconds(10);

  private NodeDuration() {}

  /** Returns the period in which a node syncs its commit log; empty if it does not tell. */
  static Optional<Duration> syncPeriod(Map<String, String> settings) {
    String old = settings.getOrDefault("commitlog_sync_period_in_ms", "");
    return parse(settings.getOrDefault("commitlog_sync_period", old));
  }

  /**
   * Returns how old a node's last sync may be before writers wait for the next one; what it does
   * not tell is taken as Cassandra's default, one and a half periods.
   */
  static Duration syncLag(Map<String, String> settings) {
    String old = settings.getOrDefault("periodic_commitlog_sync_lag_block_in_ms", "");
    return parse(settings.getOrDefault("periodic_commitlog_sync_lag_block", old))
        .orElseGet(() -> syncPeriod(settings).orElse(DEFAULT_PERIOD).multipliedBy(3).dividedBy(2));
  }

  /** Reads a length of time; empty if it is none. */
  static Optional<Duration> parse(String text) {
    Matcher matcher = FORM.matcher(text.strip());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long number = Long.parseLong(matcher.group(1));
    String unit = matcher.group(2) == null ? "ms" : matcher.group(2);
    return Optional.of(
        switch (unit) {
          case "ns" -> Duration.ofNanos(number);
          case "us", "µs" -> Duration.ofNanos(Math.multiplyExact(number, 1_000));
          case "s" -> Duration.ofSeconds(number);
          case "m" -> Duration.ofMinutes(number);
          case "h" -> Duration.ofHours(number);
          case "d" -> Duration.ofDays(number);
          default -> Duration.ofMillis(number);
        });
  }
}
