package io.replicator.agent;

import io.replicator.config.ResourceConfig;
import io.replicator.jmx.FlowBean;
import io.replicator.lag.Conditions;
import io.replicator.model.Flow;

/**
 * A flow that is open in this agent, with the ends that it has here.
 *
 * @param config of its resource
 */
record OpenFlow(
    ResourceConfig config, Flow flow, FlowBean bean, Conditions conditions, Ends ends) {}
