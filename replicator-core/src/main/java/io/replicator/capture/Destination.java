package io.replicator.capture;

import io.replicator.model.Flow;
import java.util.function.Supplier;

/**
 * Where a capture sends what it takes.
 *
 * @param name of the capture, which tells it from the others of the flow
 * @param topic that the changes are written to
 * @param topicId tells the change topic's present id; called often, must not block
 */
record Destination(
    String name, Flow flow, String topic, int partitions, Supplier<String> topicId) {}
