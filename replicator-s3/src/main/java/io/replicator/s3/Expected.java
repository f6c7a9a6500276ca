package io.replicator.s3;

import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What must still be so when the request is made that shows what was written.
 *
 * @param etag of what the bucket shows; empty if it shows nothing
 * @param owned whether the key is still in this agent's hands
 */
record Expected(Optional<String> etag, BooleanSupplier owned) {}
