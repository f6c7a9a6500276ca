package io.replicator.s3;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a store is known to keep of metadata as it was sent. Not all do: some change how a content
 * type is written, or lose a header of what was written in parts. What it shows in the end must be
 * what the ledger holds, or it would be taken for a local write; so the first object with metadata
 * of a new shape is looked at after it was written, and each of a shape that was not kept.
 */
final class KeptMetadata {
  private static final Logger LOG = LoggerFactory.getLogger(KeptMetadata.class);
  private static final int MOST_SHAPES = 10_000;

  private final BucketPlan plan;
  private final Set<List<String>> kept = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean warned = new AtomicBoolean();

  KeptMetadata(BucketPlan plan) {
    this.plan = plan;
  }

  /** Tells whether metadata of this shape needs no look, written with one request. */
  boolean isKept(ObjectMetadata metadata) {
    return isPlain(metadata) && kept.contains(shape(metadata));
  }

  /** Notes what a store shows of what was sent. */
  void seen(ObjectMetadata sent, ObjectMetadata shown, boolean inParts) {
    if (!sent.hash().equals(shown.hash())) {
      if (warned.compareAndSet(false, true)) {
        LOG.warn(
            "The store of {} changes metadata: {} became {}; replicas there differ in it from their"
                + " originals",
            plan,
            names(sent),
            names(shown));
      }
    } else if (!inParts && kept.size() < MOST_SHAPES) {
      kept.add(shape(sent));
    }
  }

  private static List<String> names(ObjectMetadata metadata) {
    List<String> names = new ArrayList<>(metadata.headers().keySet());
    metadata.user().keySet().forEach(name -> names.add("x-amz-meta-" + name));
    return names;
  }

  /** The headers by their names, and the content type, whose writing varies. */
  private static List<String> shape(ObjectMetadata metadata) {
    List<String> shape = new ArrayList<>(metadata.headers().keySet());
    shape.add(metadata.headers().getOrDefault(ObjectMetadata.CONTENT_TYPE, ""));
    shape.add(metadata.user().isEmpty() ? "" : "user");
    shape.add(metadata.encodedTags().isEmpty() ? "" : "tags");
    return shape;
  }

  private static boolean isPlain(ObjectMetadata metadata) {
    for (Map.Entry<String, String> entry : metadata.user().entrySet()) {
      if (!StandardCharsets.US_ASCII.newEncoder().canEncode(entry.getValue())) {
        return false;
      }
    }
    return true;
  }
}
