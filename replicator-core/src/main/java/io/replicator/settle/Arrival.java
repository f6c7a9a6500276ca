package io.replicator.settle;

import io.replicator.model.Change.Kind;
import io.replicator.model.Version;
import java.util.Objects;

/**
 * An arrival is another region's change of a key, as far as settling it needs to know.
 *
 * @param kind what happened there
 * @param version its version
 * @param repair whether it repeats what this region should have
 */
public record Arrival(Kind kind, Version version, boolean repair) {
  public Arrival {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(version, "version");
  }
}
