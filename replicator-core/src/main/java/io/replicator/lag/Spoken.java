package io.replicator.lag;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * The time that passes while captures speak, told by their heartbeats alone, so that it is the same
 * whenever these are read. Not thread-safe.
 *
 * <p>Each heartbeat moves it on by what its own capture's clock has moved since that one's last
 * heartbeat, so clocks that are apart do no harm, nor does one that is set: captures speak every
 * second, and what lies further apart than {@link #MOST} is a clock that jumped, or a silence, and
 * does not count.
 */
final class Spoken {
  /** Between two heartbeats of a capture whose clock goes right lies no more time than this. */
  static final Duration MOST = Duration.ofSeconds(5);

  /**
   * What a mirror reads again, after it was started again, passes no second time; a heartbeat from
   * further back than this is of a clock that was set back.
   */
  private static final Duration REPEATED = Duration.ofMinutes(5);

  /** Nothing is remembered of a capture that was silent for so long. */
  private static final Duration FORGOTTEN = Duration.ofMinutes(1);

  private record Beat(Instant sent, Duration at) {}

  private final Map<String, Beat> beats = new HashMap<>();
  private Duration passed = Duration.ZERO;

  /** Returns how much time has passed since the first heartbeat. */
  Duration passed() {
    return passed;
  }

  /** Takes a heartbeat of a capture, sent at a time by its own clock. */
  void heard(String capture, Instant sent) {
    Beat before = beats.get(capture);
    if (before != null) {
      if (sent.isBefore(before.sent()) && sent.isAfter(before.sent().minus(REPEATED))) {
        return;
      }
      Duration step = Duration.between(before.sent(), sent);
      boolean jumped = step.isNegative() || step.compareTo(MOST) > 0;
      Duration now = before.at().plus(jumped ? Duration.ZERO : step);
      passed = now.compareTo(passed) > 0 ? now : passed;
    }
    beats.put(capture, new Beat(sent, passed));
    beats.values().removeIf(beat -> beat.at().plus(FORGOTTEN).compareTo(passed) < 0);
  }
}
