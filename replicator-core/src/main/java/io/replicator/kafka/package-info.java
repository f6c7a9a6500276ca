/**
 * What all stations need of Kafka: clients with the settings on which the promises rest, names of
 * topics, and topics with what they need.
 */
package io.replicator.kafka;
