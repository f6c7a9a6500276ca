package io.replicator.settle;

import io.replicator.model.Version;
import java.util.Objects;
import java.util.Optional;

/**
 * What a store shows under a key that is there.
 *
 * @param fingerprint tells this content from any other: of the bytes, and of the metadata that is
 *     replicated
 * @param modifiedSeconds when it was written, in seconds since 1970 by the store's clock
 * @param replicaOf the version in its marker, if it has one and that is bound to this key and this
 *     content; a marker that was copied along to another key or onto other bytes does not count
 */
public record Seen(String fingerprint, long modifiedSeconds, Optional<Version> replicaOf) {
  public Seen {
    Objects.requireNonNull(fingerprint, "fingerprint");
    Objects.requireNonNull(replicaOf, "replicaOf");
  }
}
