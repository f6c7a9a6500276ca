package io.replicator.model;

import java.time.Instant;
import java.util.Collections;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A change is what happened to one key of a resource: an upsert or a delete.
 *
 * <p>Immutable by contract: neither the payload nor the attribute values may be written to after
 * construction. They are not copied, because a change may hold a mebibyte.
 *
 * @param id unique within its flow, and the same whenever the same change is captured again
 * @param key the flow's canonical key, before any rename or mapping; at most 2 KiB in UTF-8.
 *     Changes of one key are applied in the order in which they were captured.
 * @param kind what happened
 * @param time when it happened, by the source's clock
 * @param version its place among the key's changes, where the store has no versions of its own
 * @param base the version it was written over
 * @param attributes what travels beside the payload; each name is 1 to 600 visible ASCII characters
 * @param payload the content; empty for a delete
 * @param isRepair whether it repeats what another region should have, with the version that it has
 */
@SuppressWarnings("ArrayRecordComponent") // compared by id, never by content
public record Change(
    String id,
    String key,
    Kind kind,
    Instant time,
    Optional<Version> version,
    Optional<Version> base,
    SortedMap<String, byte[]> attributes,
    byte[] payload,
    boolean isRepair) {

  /** What happened to a key. */
  public enum Kind {
    UPSERT,
    DELETE
  }

  public Change {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(time, "time");
    Objects.requireNonNull(version, "version");
    Objects.requireNonNull(base, "base");
    Objects.requireNonNull(payload, "payload");
    attributes = Collections.unmodifiableSortedMap(new TreeMap<>(attributes));
  }

  /** A change that is no repair. */
  public Change(
      String id,
      String key,
      Kind kind,
      Instant time,
      Optional<Version> version,
      Optional<Version> base,
      SortedMap<String, byte[]> attributes,
      byte[] payload) {
    this(id, key, kind, time, version, base, attributes, payload, false);
  }

  /** Returns an upsert without version, as stores without key history capture it. */
  public static Change upsert(
      String id, String key, Instant time, SortedMap<String, byte[]> attributes, byte[] payload) {
    return new Change(
        id, key, Kind.UPSERT, time, Optional.empty(), Optional.empty(), attributes, payload);
  }

  /** Returns the bytes that this change holds in memory, roughly: payload and attributes. */
  public long size() {
    long size = 256L + key.length() + payload.length;
    for (var attribute : attributes.entrySet()) {
      size += 32L + attribute.getKey().length() + attribute.getValue().length;
    }
    return size;
  }

  /** Returns the change in a line, without its content, which may be confidential. */
  @Override
  public String toString() {
    return kind + " " + key + " (id " + id + ", " + payload.length + " B)";
  }
}
