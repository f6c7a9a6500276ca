package io.replicator.deploy.demo;

import io.replicator.deploy.sandbox.BucketClient;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * An object writer is a region's service that writes, overwrites and deletes a few keys, three a
 * second. What its bucket does not confirm is written again, the same, until it does.
 */
final class ObjectWriter implements Runnable {
  private static final long PACE_MILLIS = 330;
  private static final int KEYS = 12;
  private static final double DELETES = 0.2;

  private final String prefix;
  private final BucketClient client;
  private final List<ObjectTally> tallies;

  /**
   * A writer of keys that nobody else writes.
   *
   * @param tallies one per other region
   */
  ObjectWriter(String prefix, BucketClient client, List<ObjectTally> tallies) {
    this.prefix = prefix;
    this.client = client;
    this.tallies = List.copyOf(tallies);
  }

  @Override
  public void run() {
    Random random = new Random();
    try {
      for (int number = 1; true; number++) {
        String key = prefix + random.nextInt(KEYS);
        Optional<String> content =
            random.nextDouble() < DELETES
                ? Optional.empty()
                : Optional.of("object " + number + " of " + key + " " + random.nextLong());
        tallies.forEach(tally -> tally.writing(key, content));
        while (!isWritten(key, content)) {
          TimeUnit.MILLISECONDS.sleep(PACE_MILLIS);
        }
        tallies.forEach(tally -> tally.written(key, content));
        TimeUnit.MILLISECONDS.sleep(PACE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // told to end
    }
  }

  private boolean isWritten(String key, Optional<String> content) {
    try {
      if (content.isPresent()) {
        client.put(key, "text/plain", content.get().getBytes(StandardCharsets.UTF_8));
      } else {
        client.remove(key);
      }
      return true;
    } catch (SdkException e) {
      return false; // its server is gone, which the sandbox tells of
    }
  }
}
