package io.replicator.spi;

/**
 * What a store can and cannot do, declared so that the stations need not find out by failing.
 *
 * @param keepsHistory whether applying a change twice, or an older one after a newer one, leaves
 *     the store as it was. A queue does not: for it the apply station remembers what it has
 *     applied.
 * @param onlyLists whether it tells of deletes by nothing but what a complete listing lacks: then
 *     no key that is there may be forgotten
 */
public record Capabilities(boolean keepsHistory, boolean onlyLists) {
  /** Those of a store that tells of its deletes. */
  public Capabilities(boolean keepsHistory) {
    this(keepsHistory, false);
  }
}
