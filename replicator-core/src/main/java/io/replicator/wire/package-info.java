/**
 * The forms in which changes and heartbeats travel: CloudEvents 1.0 in Kafka's binary mode, so that
 * any Kafka tool can read a change topic.
 *
 * <p>Metadata stands in {@code ce_*} headers, the store's attributes in {@code x-*} headers, the
 * payload in the record's value. Each record bears the number of its format; readers take the
 * present one and the one before, ignore headers they do not know, and hold on a newer format. The
 * room knows Kafka's header type and the model, nothing of topics or clients.
 */
package io.replicator.wire;
