/**
 * The simulation: the production's capture and apply stations in one thread and in virtual time,
 * with a mirror, brokers and stores in memory, all ruled by a seed.
 */
package io.replicator.simulation;
