package io.replicator.config;

import io.replicator.model.Region;

/**
 * A peer is another region whose changes come here.
 *
 * @param kafka how the mirror here reaches its Kafka
 */
public record PeerConfig(Region region, KafkaConfig kafka) {}
