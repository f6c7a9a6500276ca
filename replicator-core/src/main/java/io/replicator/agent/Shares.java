package io.replicator.agent;

import io.replicator.capture.Capture;
import io.replicator.config.ResourceConfig;
import io.replicator.kafka.KafkaClients;
import io.replicator.reading.Bounds;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shares of an agent's flows in its memory, split evenly: a quarter of the heap for changes on
 * their way, another for the ids of applied ones, and an eighth for what consumers fetch ahead. No
 * flow does with less than a little of each: an agent with more flows than its heap has room for
 * says so when it starts.
 */
final class Shares {
  private static final Logger LOG = LoggerFactory.getLogger(Shares.class);

  private static final long LEAST_BYTES = 4L << 20;
  private static final long LEAST_FETCH_BYTES = 128L << 10;
  private static final int LEAST_IDS = 500;

  /** An id with its place in the set: a text of 36 characters. */
  private static final int BYTES_OF_AN_ID = 160;

  private final long bytes;
  private final int ids;
  private final long fetchBytes;
  private final long heap;
  private final long flows;

  /**
   * @param heap the most that the process may use, in bytes
   */
  Shares(long heap, List<ResourceConfig> resources) {
    long captures = resources.stream().filter(ResourceConfig::capture).count();
    long applies = resources.stream().mapToLong(resource -> resource.from().size()).sum();
    long partitions =
        resources.stream()
            .mapToLong(resource -> (long) resource.from().size() * resource.partitions())
            .sum();
    this.heap = heap;
    flows = captures + applies;
    bytes = heap / 4 / Math.max(1, flows);
    ids = (int) Math.min(Bounds.MOST.ids(), heap / 4 / BYTES_OF_AN_ID / Math.max(1, partitions));
    // The hints of a bucket are read as well as written.
    long read =
        partitions
            + resources.stream()
                .filter(ResourceConfig::capture)
                .mapToLong(ResourceConfig::partitions)
                .sum();
    fetchBytes = heap / 8 / Math.max(1, read);
  }

  /** Warns if the flows could fill the heap, and tells how large it should be. */
  void check() {
    long wanted = 4 * LEAST_BYTES * flows;
    if (wanted > heap) {
      LOG.warn(
          "the heap of {} MiB may not do for {} flows that have a backlog at once: give it {} MiB,"
              + " by -Xmx{}m in REPLICATOR_OPTS",
          heap >> 20,
          flows,
          wanted >> 20,
          wanted >> 20);
    }
  }

  /** Returns how many bytes of a partition a consumer may fetch ahead. */
  int fetchBytes() {
    return (int) Math.max(LEAST_FETCH_BYTES, Math.min(KafkaClients.MAX_RECORD_BYTES, fetchBytes));
  }

  /** Returns how many bytes a capture may hold. */
  long pendingBytes() {
    return Math.max(LEAST_BYTES, Math.min(Capture.MOST_PENDING_BYTES, bytes));
  }

  /**
   * Returns what a flow may take. All origins of a resource end in one target: a crash repeats no
   * more of them together than of one alone.
   */
  Bounds bounds(ResourceConfig resource) {
    return new Bounds(
        Math.max(1, Bounds.MOST.active() / Math.max(1, resource.from().size())),
        Math.max(LEAST_BYTES, Math.min(Bounds.MOST.heldBytes(), bytes)),
        Math.max(LEAST_IDS, ids));
  }
}
