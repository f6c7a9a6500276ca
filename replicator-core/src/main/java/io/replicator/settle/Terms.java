package io.replicator.settle;

/**
 * The terms on which a region settles a resource.
 *
 * @param conditional whether the store itself holds what it shows against what is expected: then a
 *     key that the ledger does not know to be there need not be looked at before it is written
 * @param receiveOnly whether nothing of what is found here is told to the other regions: what
 *     differs from the ledger counts as lost and is replaced by what they have
 * @param tellsDeletes whether deletes are told to the other regions
 */
public record Terms(boolean conditional, boolean receiveOnly, boolean tellsDeletes) {}
