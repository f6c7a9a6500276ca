package io.replicator.reading;

/**
 * Bounds are what one flow may take of its agent.
 *
 * @param active changes being applied, or applied and not yet remembered: what a crash may repeat
 * @param heldBytes of changes that were read and are not done
 * @param ids of applied changes that are remembered of each partition, where the store keeps no
 *     history
 */
public record Bounds(int active, long heldBytes, int ids) {
  /** The most that a flow of its own agent, alone, makes use of. */
  public static final Bounds MOST = new Bounds(800, 24L << 20, 20_000);
}
