/**
 * The ledger: what a region knows of the keys of a store that keeps no versions of its own, kept in
 * a compacted topic of the region and, of the partitions in an agent's hands, in its memory.
 *
 * <p>It knows the model and Kafka's clients, and neither the stations nor the other instruments.
 */
package io.replicator.ledger;
