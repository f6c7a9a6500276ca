package io.replicator.deploy.bucket;

/**
 * A disturbance is what happens to events between a bucket and its queue, as S3 allows: they come
 * late, twice and in any order, but they come.
 *
 * @param seed of the choices
 * @param delayMillis the longest delay of an event
 * @param repeat the share of events that are sent again, between 0 and 1
 * @param reorder whether each event has a delay of its own; otherwise none overtakes another
 */
public record Disturbance(long seed, int delayMillis, double repeat, boolean reorder) {
  /** Events are sent once, in order and at once. */
  public static final Disturbance NONE = new Disturbance(0, 0, 0, false);

  public Disturbance {
    if (delayMillis < 0 || repeat < 0 || repeat > 1) {
      throw new IllegalArgumentException(
          "a delay of %d ms, a share of %s repeated: neither is possible"
              .formatted(delayMillis, repeat));
    }
  }
}
