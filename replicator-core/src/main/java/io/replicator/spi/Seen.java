package io.replicator.spi;

import io.replicator.model.Version;
import java.util.Objects;
import java.util.Optional;

/**
 * What a store shows under a key that is there.
 *
 * @param fingerprint tells this content from any other: of the bytes, and of the metadata that is
 *     replicated; the same however it is looked at, and the one that {@link SettleTarget#put} told
 * @param modifiedSeconds when it was written, in seconds since 1970 by the store's clock
 * @param replicaOf the version in its marker, if it has one and that is bound to this key and this
 *     content; a marker that was copied along to another key or onto other bytes does not count
 * @param content what the other regions would be sent of it, if that was read along
 */
public record Seen(
    String fingerprint,
    long modifiedSeconds,
    Optional<Version> replicaOf,
    Optional<Content> content) {
  public Seen {
    Objects.requireNonNull(fingerprint, "fingerprint");
    Objects.requireNonNull(replicaOf, "replicaOf");
    Objects.requireNonNull(content, "content");
  }

  /** What was seen without its content. */
  public Seen(String fingerprint, long modifiedSeconds, Optional<Version> replicaOf) {
    this(fingerprint, modifiedSeconds, replicaOf, Optional.empty());
  }
}
