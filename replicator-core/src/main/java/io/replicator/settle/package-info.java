/**
 * Settling: how the owner of a key in one region brings together what its store shows, what the
 * region knows, and what comes from other regions, for stores that keep no versions of their own.
 */
package io.replicator.settle;
