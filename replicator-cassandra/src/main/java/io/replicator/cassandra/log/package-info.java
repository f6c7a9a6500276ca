/**
 * The room of the commit log: reading what a node has written, with Cassandra's own classes.
 *
 * <p>It is loaded in the capture's process alone, which has {@code cassandra-all} on its class path
 * and the JVM flags that needs. Nothing outside this room imports one of Cassandra's classes.
 */
package io.replicator.cassandra.log;
