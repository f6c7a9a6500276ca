package io.replicator.deploy.bucket;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Looks are what a request has seen under the keys it looked at.
 *
 * <p>S3Proxy answers {@code If-Match} of a delete and of a completed multipart upload by looking at
 * the object and then acting without a condition. What it saw is remembered here from the beginning
 * of the request, so that the act can be refused if something else is there by then. It may act on
 * a thread that it starts after it has looked.
 */
final class Looks {
  private static final ThreadLocal<Map<String, Optional<String>>> SEEN =
      new InheritableThreadLocal<>();

  private Looks() {}

  /** A request begins on this thread. */
  static void begin() {
    SEEN.set(new ConcurrentHashMap<>());
  }

  /** The request saw an ETag, or nothing, under a key. */
  static void saw(String bucket, String key, Optional<String> etag) {
    Map<String, Optional<String>> seen = SEEN.get();
    if (seen != null) {
      seen.put(bucket + "/" + key, etag);
    }
  }

  /** Tells whether what is there now is what the request saw, if it looked at all. */
  static boolean stillTrue(String bucket, String key, Optional<String> etag) {
    Map<String, Optional<String>> seen = SEEN.get();
    Optional<String> before = seen == null ? null : seen.get(bucket + "/" + key);
    return before == null || before.equals(etag);
  }
}
