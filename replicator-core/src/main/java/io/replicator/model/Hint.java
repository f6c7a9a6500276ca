package io.replicator.model;

import java.time.Instant;
import java.util.Objects;

/**
 * A hint is word from a store that a key <em>may</em> have changed. It says nothing of what the key
 * holds now: that is looked up when the hint is settled.
 *
 * @param key the flow's canonical key
 * @param kind what gave the hint
 * @param time the event's time; for a row of a listing, when the store says that the key was
 *     written
 */
public record Hint(String key, Kind kind, Instant time) {
  /** What gave the hint. */
  public enum Kind {
    /** A notification that the key was written. */
    WRITTEN,
    /** A notification that the key was removed. */
    REMOVED,
    /** A notification that the store itself removed the key, by a rule that each region has. */
    EXPIRED,
    /** A row of a listing. */
    LISTED,
    /** An operator wants the other regions to have what is here, with the version that it has. */
    REPAIR
  }

  public Hint {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(time, "time");
  }
}
