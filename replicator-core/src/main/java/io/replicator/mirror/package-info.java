/**
 * The mirror: MirrorMaker 2 carries each peer's change topics from its Kafka to the local one, and
 * is watched, because it can be up and mirror nothing.
 *
 * <p>This room generates MirrorMaker's configuration from the agent's own, runs it, restarts it and
 * says what is wrong. It must not know the other stages, nor what stands in the records it carries.
 */
package io.replicator.mirror;
