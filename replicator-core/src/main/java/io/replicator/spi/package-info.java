/**
 * What a store module implements, and all that it may know of the rest.
 *
 * <p>A store stands behind one of two doors. One that keeps a log of its own (a queue, Cassandra's
 * commit log) yields <em>changes</em> through a {@link io.replicator.spi.ChangeSource}, and they go
 * straight to the change topic. One that only says that something may have changed (S3) yields
 * <em>hints</em> through a {@link io.replicator.spi.HintSource}, and they are settled first. This
 * room imports nothing but the model.
 */
package io.replicator.spi;
