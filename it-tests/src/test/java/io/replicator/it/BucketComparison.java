package io.replicator.it;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * A bucket comparison reads two buckets as any client would and knows nothing of how one became
 * like the other: listings, bytes, headers, user metadata without the marker.
 */
final class BucketComparison {
  private static final String MARKER = "replicator-marker";

  private BucketComparison() {}

  /** Returns what is different under a prefix, a line each; empty if nothing is. */
  static List<String> differences(Buckets one, Buckets other, String prefix) {
    List<String> differences = new ArrayList<>();
    Map<String, String> here = one.list(prefix);
    Map<String, String> there = other.list(prefix);
    TreeSet<String> keys = new TreeSet<>(here.keySet());
    keys.addAll(there.keySet());
    for (String key : keys) {
      if (!there.containsKey(key)) {
        differences.add(key + ": only in " + one.region());
      } else if (!here.containsKey(key)) {
        differences.add(key + ": only in " + other.region());
      } else {
        compare(key, one.get(key), other.get(key), differences);
      }
    }
    return differences;
  }

  private static void compare(
      String key,
      ResponseBytes<GetObjectResponse> one,
      ResponseBytes<GetObjectResponse> other,
      List<String> differences) {
    if (!Arrays.equals(one.asByteArrayUnsafe(), other.asByteArrayUnsafe())) {
      differences.add(key + ": other bytes");
    }
    Map<String, Object> headers = headers(other.response());
    headers(one.response())
        .forEach(
            (name, value) -> {
              if (!Objects.equals(value, headers.get(name))) {
                differences.add(
                    "%s: %s is '%s' and '%s'".formatted(key, name, value, headers.get(name)));
              }
            });
  }

  private static Map<String, Object> headers(GetObjectResponse object) {
    Map<String, Object> headers = new LinkedHashMap<>();
    if (object.contentLength() <= Buckets.MULTIPART_THRESHOLD) {
      // A replica may hold what is larger in other parts; and of parts S3Proxy loses Expires.
      headers.put("ETag", object.eTag());
      headers.put("Expires", object.expiresString());
    }
    headers.put("Content-Type", object.contentType());
    headers.put("Content-Encoding", object.contentEncoding());
    headers.put("Content-Language", object.contentLanguage());
    headers.put("Content-Disposition", object.contentDisposition());
    headers.put("Cache-Control", object.cacheControl());
    Map<String, String> metadata = new TreeMap<>(object.metadata());
    metadata.remove(MARKER);
    headers.put("metadata", metadata);
    return headers;
  }
}
