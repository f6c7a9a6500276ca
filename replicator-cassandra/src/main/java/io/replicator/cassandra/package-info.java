/**
 * The room of Cassandra: what was written to a table, read out of a node's commit log, and written
 * to the same table of another cluster cell by cell.
 *
 * <p>It knows the model, the SPI and the driver. What needs Cassandra's own classes stands in
 * {@code log}, which is loaded in the capture's process alone. Of Kafka, of the other stores and of
 * the agent that runs it, it knows nothing.
 */
package io.replicator.cassandra;
