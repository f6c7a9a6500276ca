/**
 * The apply station: consumes a flow's change topic, runs keys in parallel and each key in order
 * through the store's applier, remembers what it did, and commits an offset only when everything
 * before it is applied or set aside.
 */
package io.replicator.apply;
