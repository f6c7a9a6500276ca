package io.replicator.config;

import io.replicator.spi.Settings;
import java.time.Duration;

/**
 * When the breaker before a resource's target opens, judged by the calls of the last ten seconds.
 *
 * @param failureRate per cent of the calls that fail
 * @param slowCallRate per cent of the calls that take longer than {@code slowCall}
 * @param minimumCalls fewer calls in ten seconds say nothing
 * @param openFor how long a target is left alone before the next probe
 */
public record BreakerConfig(
    int failureRate, int slowCallRate, Duration slowCall, int minimumCalls, Duration openFor) {
  /** What holds where nothing is configured. */
  public static final BreakerConfig DEFAULT =
      new BreakerConfig(50, 50, Duration.ofSeconds(5), 10, Duration.ofSeconds(3));

  private static final int MOST_CALLS = 100_000;
  private static final Duration LEAST = Duration.ofMillis(100);
  private static final Duration MOST = Duration.ofMinutes(1);

  static BreakerConfig read(Settings settings) {
    return new BreakerConfig(
        (int) settings.number("failure-rate", DEFAULT.failureRate, 1, 100),
        (int) settings.number("slow-call-rate", DEFAULT.slowCallRate, 1, 100),
        settings.duration("slow-call", DEFAULT.slowCall, LEAST, MOST),
        (int) settings.number("minimum-calls", DEFAULT.minimumCalls, 1, MOST_CALLS),
        settings.duration("open-for", DEFAULT.openFor, LEAST, MOST));
  }
}
