/**
 * What agents say of themselves over JMX, read for people and scripts.
 *
 * <p>The beans are the one source of truth: this room computes nothing but rates between two
 * readings.
 */
package io.replicator.deploy.status;
