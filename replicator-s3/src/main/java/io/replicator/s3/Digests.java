package io.replicator.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** Digests as S3 and markers use them. */
final class Digests {
  private Digests() {}

  static MessageDigest md5() {
    return named("MD5");
  }

  static String hex(byte[] digest) {
    return HexFormat.of().formatHex(digest);
  }

  /** Returns the ETag that S3 gives to an object that was written with one request. */
  static String etag(byte[] body) {
    return hex(md5().digest(body));
  }

  /**
   * Returns the ETag that S3 gives to an object that was written in parts: the MD5 of the parts'
   * MD5s, and their number.
   */
  static String etag(List<byte[]> parts) {
    MessageDigest digest = md5();
    parts.forEach(digest::update);
    return hex(digest.digest()) + "-" + parts.size();
  }

  /** Returns 16 hexadecimal digits that tell texts apart, wherever one ends. */
  static String hash(Iterable<String> texts) {
    MessageDigest digest = named("SHA-256");
    for (String text : texts) {
      byte[] bytes = text.getBytes(UTF_8);
      digest.update((bytes.length + ":").getBytes(UTF_8));
      digest.update(bytes);
    }
    return hex(digest.digest()).substring(0, 16);
  }

  private static MessageDigest named(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has " + algorithm, e);
    }
  }
}
