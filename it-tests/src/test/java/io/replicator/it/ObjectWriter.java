package io.replicator.it;

import io.replicator.it.WriteRecord.Write;
import java.util.Optional;
import java.util.Random;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * An object writer is a service that puts and deletes objects, some under few keys that the other
 * region's writer has, too, some under keys of their own, and notes each. Used by one thread.
 */
final class ObjectWriter {
  static final String PREFIX = "chaos/";

  /** Beyond the limit up to which a body travels with its change: see the README. */
  private static final int LARGE = 300_000;

  private static final int HOT_KEYS = 8;

  private final Buckets bucket;
  private final WriteRecord record;
  private final Random random;
  private int number;
  private int attempts;

  ObjectWriter(Buckets bucket, WriteRecord record, long seed) {
    this.bucket = bucket;
    this.record = record;
    this.random = new Random(seed);
  }

  /** Returns how many writes were tried; for any thread once the last is made. */
  int attempts() {
    return attempts;
  }

  /** Makes one write. */
  void write() {
    boolean hot = random.nextInt(3) > 0;
    String key =
        PREFIX + (hot ? "hot-" + random.nextInt(HOT_KEYS) : bucket.region() + "-" + number);
    String text = number++ + " of " + bucket.region();
    boolean delete = hot && random.nextInt(10) < 3;
    boolean large = random.nextInt(25) == 0;
    long begun = System.currentTimeMillis();
    Optional<String> content = Optional.empty();
    boolean confirmed = true;
    try {
      // A delete of what is not there would be no write, so then it is a put.
      if (!delete || !bucket.has(key)) {
        content = Optional.of(text + (large ? padding() : ""));
      }
      attempts++;
      if (content.isPresent()) {
        bucket.put(key, content.get());
      } else {
        bucket.delete(key);
      }
    } catch (SdkException e) {
      confirmed = false;
    }
    Write write = new Write(bucket.region(), content, begun, System.currentTimeMillis());
    if (confirmed) {
      record.add(key, write);
    } else {
      record.addUnsure(key, write);
    }
  }

  private String padding() {
    return "\n" + Long.toString(random.nextLong(), 36).repeat(LARGE / 10);
  }
}
