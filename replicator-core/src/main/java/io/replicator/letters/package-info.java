/**
 * What an operator does with a region's dead letters: look at them, give them back to their flows,
 * drop them. Reads and writes the region's Kafka itself, so no agent has to run; must not know the
 * stations.
 */
package io.replicator.letters;
