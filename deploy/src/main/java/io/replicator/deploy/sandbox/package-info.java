/**
 * Two regions on one machine: brokers, queue servers, agents and the link between them, each of
 * which can be stopped, killed, cut and brought back.
 *
 * <p>Tests use these as fixtures, so nothing here prints: the commands of {@code
 * io.replicator.deploy} do.
 */
package io.replicator.deploy.sandbox;
