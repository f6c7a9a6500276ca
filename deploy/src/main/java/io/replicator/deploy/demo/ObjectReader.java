package io.replicator.deploy.demo;

import io.replicator.deploy.sandbox.BucketClient;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.core.exception.SdkException;

/** An object reader is a region's service that looks at the keys that other regions write. */
final class ObjectReader implements Runnable {
  private static final long PACE_MILLIS = 200;

  private final BucketClient client;
  private final List<ObjectTally> tallies;

  /**
   * @param tallies one per other region
   */
  ObjectReader(BucketClient client, List<ObjectTally> tallies) {
    this.client = client;
    this.tallies = List.copyOf(tallies);
  }

  @Override
  public void run() {
    try {
      while (true) {
        tallies.forEach(tally -> tally.behind().forEach(key -> look(tally, key)));
        TimeUnit.MILLISECONDS.sleep(PACE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // told to end
    }
  }

  private void look(ObjectTally tally, String key) {
    try {
      tally.seen(key, client.get(key).map(bytes -> new String(bytes, StandardCharsets.UTF_8)));
    } catch (SdkException e) {
      return; // its server is gone, which the sandbox tells of
    }
  }
}
