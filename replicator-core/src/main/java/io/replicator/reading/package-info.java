/**
 * Reading: what a reader of one partition of a change topic knows of it. Which numbers of each
 * producer incarnation it has had and which never came, how far the captures say that they are,
 * whether the topic is the one it was, and what is wrong when heartbeats stay away.
 *
 * <p>Both stations that read change topics stand on this room. It knows the forms that travel and
 * the measures of lag, neither Kafka's clients nor the stations.
 */
package io.replicator.reading;
