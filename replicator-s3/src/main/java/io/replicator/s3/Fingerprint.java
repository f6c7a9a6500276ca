package io.replicator.s3;

/**
 * A fingerprint tells an object's content from any other: by its ETag, and by the hash of what is
 * replicated of its metadata.
 *
 * @param etag without quotes
 * @param metadataHash see {@link ObjectMetadata#hash}
 */
record Fingerprint(String etag, String metadataHash) {
  private static final String SEPARATOR = ":";

  static Fingerprint parse(String text) {
    int separator = text.lastIndexOf(SEPARATOR);
    return new Fingerprint(
        separator < 0 ? text : text.substring(0, separator),
        separator < 0 ? "" : text.substring(separator + 1));
  }

  /** Returns the ETag as a request's condition has it. */
  String quotedEtag() {
    return quoted(etag);
  }

  static String quoted(String etag) {
    return '"' + etag + '"';
  }

  /** Returns an answer's ETag without its quotes. */
  static String bare(String etag) {
    return etag == null ? "" : etag.replace("\"", "");
  }

  @Override
  public String toString() {
    return etag + SEPARATOR + metadataHash;
  }
}
