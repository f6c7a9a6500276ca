package io.replicator.it;

/**
 * Two plain regions that several classes borrow. Given back, their agents are up, links whole and
 * files as they were; a class removes its own resources.
 */
final class SharedRegions extends Shared<TwoRegions> {
  SharedRegions() {
    super(TwoRegions.class, TwoRegions::started);
  }
}
