/**
 * The words of Replicator as values: region, flow, change, version, state.
 *
 * <p>This room knows nothing but the JDK. Everything in it is immutable and safe to share.
 */
package io.replicator.model;
