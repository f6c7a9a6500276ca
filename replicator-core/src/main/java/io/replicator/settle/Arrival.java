package io.replicator.settle;

import io.replicator.model.Change;
import io.replicator.model.Change.Kind;
import io.replicator.model.Version;
import java.util.Objects;
import java.util.Optional;

/**
 * An arrival is another region's change of a key, as far as settling it needs to know.
 *
 * @param kind what happened there
 * @param version its version
 * @param base the version it was written over, if one was known there
 * @param repair whether it repeats what this region should have
 * @param unmarked the fingerprint that its content will have here, if it cannot carry a marker
 */
public record Arrival(
    Kind kind, Version version, Optional<Version> base, boolean repair, Optional<String> unmarked) {
  public Arrival {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(version, "version");
    Objects.requireNonNull(base, "base");
    Objects.requireNonNull(unmarked, "unmarked");
  }

  /**
   * Returns what arrives with a change.
   *
   * @throws IllegalArgumentException if the change has no version
   */
  static Arrival of(Change change, Optional<String> unmarked) {
    Version version =
        change
            .version()
            .orElseThrow(() -> new IllegalArgumentException(change + " has no version"));
    return new Arrival(change.kind(), version, change.base(), change.isRepair(), unmarked);
  }
}
