/**
 * Backfill: the present state of a resource sent down the flow that its changes take, because an
 * operator ordered it: at the beginning, after a gap, or to mend another region.
 *
 * <p>The room knows the SPI's listing and what an order says, neither Kafka nor the other stations.
 */
package io.replicator.backfill;
