package io.replicator.agent;

import io.replicator.capture.Capture;
import io.replicator.config.ResourceConfig;
import io.replicator.reading.Bounds;
import java.util.List;

/**
 * The shares of an agent's flows in its memory: half of the heap for changes on their way and the
 * ids of applied ones, split evenly, so that many flows with a backlog each do not end the process.
 */
final class Shares {
  private static final long LEAST_BYTES = 4L << 20;
  private static final int LEAST_IDS = 500;

  /** An id with its place in the set: a text of 36 characters. */
  private static final int BYTES_OF_AN_ID = 160;

  private final long bytes;
  private final int ids;

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
    bytes = heap / 4 / Math.max(1, captures + applies);
    ids = (int) Math.min(Bounds.MOST.ids(), heap / 4 / BYTES_OF_AN_ID / Math.max(1, partitions));
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
