/**
 * What {@code replicator check} looks at before an agent is started: one class for each thing that
 * an operator can get wrong. Changes nothing, anywhere; knows the agent's topics and groups by
 * {@link io.replicator.check.Plan}, and must not know the stations.
 */
package io.replicator.check;
