/**
 * The apply station: consumes a flow's change topic, runs keys in parallel and each key in order
 * through the store's applier, remembers what it did, and commits an offset only when everything
 * before it is applied, parked or set aside.
 *
 * <p>What is parked: a key that keeps failing moves to {@code Parking}, change by change; {@code
 * ParkedKeys} says of each partition what waits there and whose turn it is, {@code Readback} reads
 * it again, and a change that came out of parking goes through its lane like any other.
 */
package io.replicator.apply;
