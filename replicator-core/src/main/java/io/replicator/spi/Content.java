package io.replicator.spi;

import java.util.Collections;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Content is what travels of a key that is there, as a change carries it: the metadata as
 * attributes, and the bytes themselves or, where they are many, attributes by which another region
 * fetches them.
 *
 * <p>Immutable by contract, like a change.
 *
 * @param attributes see {@link io.replicator.model.Change#attributes}
 * @param payload the bytes; empty where they are fetched
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Content(SortedMap<String, byte[]> attributes, byte[] payload) {
  public Content {
    attributes = Collections.unmodifiableSortedMap(new TreeMap<>(attributes));
    Objects.requireNonNull(payload, "payload");
  }
}
