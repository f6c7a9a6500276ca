/** The room of Cassandra: capture, apply, snapshot, digest of tables. */
package io.replicator.cassandra;
