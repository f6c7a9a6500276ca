package io.replicator.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.replicator.model.Version;
import io.replicator.spi.ReplicationException;
import java.util.List;
import java.util.Optional;

/**
 * A marker is a piece of user metadata on a replica that names its version and is bound to its
 * place and content, so that a client's copy of it elsewhere, or a rewrite that kept the metadata,
 * is not taken for one.
 *
 * <p>Format 1: {@code 1,<version>,<hash of bucket and canonical key>,<ETag here, or ->,<size>,<hash
 * of metadata>}. The ETag is left open where it cannot be known before the object is written: in
 * buckets whose ETags are no MD5 sums (KMS, SSE-C) or of which that is not yet known, and for
 * bodies whose part layout is not known.
 */
record Marker(
    Version version, String place, Optional<String> etag, long size, String metadataHash) {
  /** Its name among the user metadata. */
  static final String NAME = "replicator-marker";

  /** Holds the number of the form that is written. */
  private static final int PRESENT = 1;

  private static final String FORMAT = Integer.toString(PRESENT);
  private static final String OPEN = "-";

  /** Returns what binds it to a key of a bucket. */
  static String place(String bucket, String canonicalKey) {
    return Digests.hash(List.of(bucket, canonicalKey));
  }

  /**
   * Returns what to say of a newer agent's marker that was made for a key, which every format has
   * as its third word: without its version a replica would look like a user's write. Empty for any
   * other text, and for a marker that was copied from elsewhere.
   */
  static Optional<ReplicationException> tooNew(String text, String bucket, String canonicalKey) {
    String[] parts = text.split(",", -1);
    if (parts.length < 3
        || !parts[0].matches("[1-9]\\d{0,8}")
        || Integer.parseInt(parts[0]) <= PRESENT
        || !parts[2].equals(place(bucket, canonicalKey))) {
      return Optional.empty();
    }
    return Optional.of(
        new ReplicationException(
            ReplicationException.Kind.NEWER,
            "object %s of bucket %s bears a marker of format %s, this agent reads up to %d"
                .formatted(canonicalKey, bucket, parts[0], PRESENT),
            "upgrade the agents of this region; nothing is lost meanwhile",
            null));
  }

  /** Reads a marker; empty if it is none, or of a format that this agent does not know. */
  static Optional<Marker> parse(String text) {
    String[] parts = text.split(",", -1);
    if (parts.length < 6 || !parts[0].equals(FORMAT)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Marker(
              Version.parse(parts[1]),
              parts[2],
              parts[3].equals(OPEN) ? Optional.empty() : Optional.of(parts[3]),
              Long.parseLong(parts[4]),
              parts[5]));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // whoever wrote it, it is no marker
    }
  }

  /** Tells whether it was made for this very object. */
  boolean binds(String there, String shownEtag, long shownSize, String shownHash) {
    return place.equals(there)
        && etag.map(shownEtag::equals).orElse(true)
        && size == shownSize
        && metadataHash.equals(shownHash);
  }

  /** Returns the bytes that S3 counts for it among the user metadata. */
  int userSize() {
    return NAME.length() + toString().getBytes(UTF_8).length;
  }

  @Override
  public String toString() {
    return String.join(
        ",",
        FORMAT,
        version.toString(),
        place,
        etag.orElse(OPEN),
        Long.toString(size),
        metadataHash);
  }
}
