/**
 * The agent composes the stations of one region: it makes sure whose Kafka it talks to and that the
 * topics are there, opens what the configuration names, in order, and closes it in reverse.
 */
package io.replicator.agent;
