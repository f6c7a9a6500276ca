package io.replicator.it;

import java.time.Instant;
import java.util.Map;
import java.util.Random;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/** A stored object is what a service writes: bytes and the headers that travel with them. */
final class StoredObject {
  private static final Map<String, String> METADATA =
      Map.of("owner", "a service", "empty-is-fine", "x", "number", "42");
  private static final Instant EXPIRES = Instant.parse("2031-02-03T04:05:06Z");

  private final byte[] bytes;
  private final boolean headed;

  private StoredObject(byte[] bytes, boolean headed) {
    this.bytes = bytes;
    this.headed = headed;
  }

  /**
   * Returns an object of so many random bytes.
   *
   * @param headed whether it has all headers and user metadata, or only a content type
   */
  static StoredObject random(int size, boolean headed, Random random) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return new StoredObject(bytes, headed);
  }

  byte[] bytes() {
    return bytes;
  }

  void describe(PutObjectRequest.Builder put) {
    put.contentType("image/jpeg");
    if (headed) {
      put.contentEncoding("gzip")
          .contentLanguage("de-CH")
          .contentDisposition("attachment; filename=\"a b.jpg\"")
          .cacheControl("max-age=60, private")
          .expires(EXPIRES)
          .metadata(METADATA);
    }
  }

  void describe(CreateMultipartUploadRequest.Builder create) {
    create.contentType("image/jpeg");
    if (headed) {
      create
          .contentEncoding("gzip")
          .contentLanguage("de-CH")
          .contentDisposition("attachment; filename=\"a b.jpg\"")
          .cacheControl("max-age=60, private")
          .expires(EXPIRES)
          .metadata(METADATA);
    }
  }
}
