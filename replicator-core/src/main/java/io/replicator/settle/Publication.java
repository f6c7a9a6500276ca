package io.replicator.settle;

import io.replicator.model.Change.Kind;
import io.replicator.model.Version;
import java.util.Optional;

/**
 * A publication is what a region has to tell the others about a key.
 *
 * @param kind what happened
 * @param version its version
 * @param base the version it was written over, if one is known
 * @param fingerprint of the content as it was seen, for an upsert: what is shipped must be this
 * @param repair whether it repeats what the others should have, with the version that it has
 */
public record Publication(
    Kind kind,
    Version version,
    Optional<Version> base,
    Optional<String> fingerprint,
    boolean repair) {}
