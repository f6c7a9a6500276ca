package io.replicator.simulation;

import io.replicator.spi.ReplicationException.Kind;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The sick keys of a store: their changes fail, each for a while or for good, whatever else it
 * takes.
 */
final class SickKeys {
  private static final long FOR_GOOD = Long.MAX_VALUE;

  private record Sickness(Kind kind, long until) {}

  private final Clockwork clockwork;
  private final Set<String> lacking = new HashSet<>();
  private final Map<String, Sickness> byKey = new HashMap<>();

  SickKeys(Clockwork clockwork) {
    this.clockwork = clockwork;
  }

  /**
   * Has a key's changes fail from now on.
   *
   * @param time empty for good
   */
  void begin(String key, Kind kind, Optional<Duration> time) {
    Sickness sickness =
        new Sickness(kind, time.map(it -> clockwork.nanos() + it.toNanos()).orElse(FOR_GOOD));
    clockwork.say(() -> key + " is sick: " + kind + time.map(it -> " for " + it).orElse(""));
    if (kind == Kind.SCHEMA) {
      lacking.add(key);
    }
    byKey.merge(key, sickness, (one, other) -> isForGood(key) ? one : other);
  }

  /** Heals all that are not sick for good. */
  void heal() {
    byKey.values().removeIf(it -> it.until < FOR_GOOD);
  }

  /** Returns how a key's changes fail now; empty if they do not. */
  Optional<Kind> failure(String key) {
    return Optional.ofNullable(byKey.get(key))
        .filter(it -> clockwork.nanos() < it.until)
        .map(Sickness::kind);
  }

  /** Tells whether some lack for good what only an operator can create. */
  boolean isLacking() {
    return byKey.values().stream().anyMatch(it -> it.until == FOR_GOOD && it.kind == Kind.SCHEMA);
  }

  /** Tells whether a key ever lacked what only an operator can create. */
  boolean wasLacking(String key) {
    return lacking.contains(key);
  }

  boolean isForGood(String key) {
    Sickness sickness = byKey.get(key);
    return sickness != null && sickness.until == FOR_GOOD;
  }
}
