package io.replicator.s3;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;

/**
 * What a store shows of an object, however it was asked.
 *
 * @param etag without quotes
 * @param md5 whether the ETag is made of MD5 sums, as it is unless KMS or SSE-C encrypts
 * @param marker what stands in its place, if anything does
 */
record Shown(
    String etag,
    long size,
    Instant modified,
    boolean md5,
    Optional<String> marker,
    ObjectMetadata metadata) {
  private static final Pattern MD5 = Pattern.compile("[0-9a-f]{32}(?:-(\\d{1,5}))?");

  static Shown of(HeadObjectResponse answer) {
    String etag = etag(answer.eTag(), answer.contentLength());
    return new Shown(
        etag,
        answer.contentLength() == null ? 0 : answer.contentLength(),
        answer.lastModified(),
        isMd5(etag, answer.serverSideEncryption(), answer.sseCustomerAlgorithm()),
        marker(answer.metadata()),
        ObjectMetadata.of(answer));
  }

  static Shown of(GetObjectResponse answer) {
    String etag = etag(answer.eTag(), answer.contentLength());
    return new Shown(
        etag,
        answer.contentLength() == null ? 0 : answer.contentLength(),
        answer.lastModified(),
        isMd5(etag, answer.serverSideEncryption(), answer.sseCustomerAlgorithm()),
        marker(answer.metadata()),
        ObjectMetadata.of(answer));
  }

  /** Some servers show a folder, an empty object whose key ends with a slash, without an ETag. */
  private static String etag(String told, Long size) {
    boolean empty = size == null || size == 0;
    return told == null && empty ? Digests.etag(new byte[0]) : Fingerprint.bare(told);
  }

  Shown withTags(Optional<? extends Map<String, String>> tags) {
    return new Shown(etag, size, modified, md5, marker, metadata.withTags(tags));
  }

  Fingerprint fingerprint() {
    return new Fingerprint(etag, metadata.hash());
  }

  /** Returns in how many parts it was written; 0 if with one request. */
  int parts() {
    return parts(etag);
  }

  static int parts(String etag) {
    Matcher matcher = MD5.matcher(etag);
    return matcher.matches() && matcher.group(1) != null ? Integer.parseInt(matcher.group(1)) : 0;
  }

  static boolean isMd5(String etag, ServerSideEncryption encryption, String customers) {
    return MD5.matcher(etag).matches()
        && customers == null
        && (encryption == null || encryption == ServerSideEncryption.AES256);
  }

  private static Optional<String> marker(Map<String, String> metadata) {
    for (Map.Entry<String, String> entry : metadata.entrySet()) {
      if (entry.getKey().equalsIgnoreCase(Marker.NAME)) {
        return Optional.of(entry.getValue());
      }
    }
    return Optional.empty();
  }
}
