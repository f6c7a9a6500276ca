package io.replicator.cassandra;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The contents that were applied lately, by their digests: each replica of a write captures it, and
 * what one of them brought need not be written again. Bounded: two generations, of which the older
 * one is forgotten when the younger is full. Thread-safe.
 */
final class RecentContents {
  /**
   * The copies of a write come within seconds of one another. It is outside the agent's shares of
   * memory, and at 100 bytes each, 4 MB of a flow.
   */
  static final int GENERATION = 20_000;

  private static final Pattern DIGEST = Pattern.compile("[0-9a-fA-F]{32}");

  private record Digest(long high, long low) {}

  private final int generation;
  private Set<Digest> young = new HashSet<>();
  private Set<Digest> old = new HashSet<>();

  /**
   * @param generation how many contents are remembered at least
   */
  RecentContents(int generation) {
    this.generation = generation;
  }

  /** Tells whether a content was applied lately. */
  synchronized boolean contains(String id) {
    Optional<Digest> digest = digest(id);
    return digest.filter(one -> young.contains(one) || old.contains(one)).isPresent();
  }

  /** Takes note that a content is applied. */
  synchronized void add(String id) {
    Optional<Digest> digest = digest(id);
    if (digest.isEmpty()) {
      return;
    }
    if (young.size() >= generation) {
      old = young;
      young = new HashSet<>();
    }
    young.add(digest.get());
  }

  /**
   * An id is the digest of a content in 32 hexadecimal digits; by any other nothing is recognised.
   */
  private static Optional<Digest> digest(String id) {
    return DIGEST.matcher(id).matches()
        ? Optional.of(
            new Digest(
                Long.parseUnsignedLong(id, 0, 16, 16), Long.parseUnsignedLong(id, 16, 32, 16)))
        : Optional.empty();
  }
}
