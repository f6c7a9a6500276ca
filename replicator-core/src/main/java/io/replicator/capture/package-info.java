/**
 * The capture station: takes local changes from a store's source and makes them durable on the
 * local Kafka, numbered, in order, before the source may acknowledge them; and beats the heart of
 * the flow.
 */
package io.replicator.capture;
