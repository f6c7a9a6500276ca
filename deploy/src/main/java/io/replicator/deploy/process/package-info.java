/**
 * Processes that this one starts: their command lines, ports, life and end.
 *
 * <p>This room knows nothing of regions, stores or flows.
 */
package io.replicator.deploy.process;
