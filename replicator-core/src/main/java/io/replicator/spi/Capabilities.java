package io.replicator.spi;

/**
 * What a store can and cannot do, declared so that the stations need not find out by failing.
 *
 * @param keepsHistory whether applying a change twice, or an older one after a newer one, leaves
 *     the store as it was. A queue does not: for it the apply station remembers what it has
 *     applied.
 */
public record Capabilities(boolean keepsHistory) {}
